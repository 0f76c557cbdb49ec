// callbacks SANDBOX...: the library without a coroutine of one's own. A callback for each snapshot, as a
// service has them whose code is built of these; then a future, as a thread has it that waits. By the
// environment that the official SDKs read (E2B_API_KEY and so on).
#include <e2b/async.hpp>
#include <e2b/client.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstddef>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

/// Snapshots a list one after another, and tells how many were made. Each callback begins the next call.
class OneByOne {
public:
    OneByOne(e2b::Client& client, std::vector<std::string> sandboxes)
        : client_(client),
          sandboxes_(std::move(sandboxes)) {}

    /// Its result comes when all are done. This must live until then.
    std::future<std::size_t> start() {
        next();
        return made_promise_.get_future();
    }

private:
    void next() {
        if (place_ == sandboxes_.size())
            return made_promise_.set_value(made_);
        e2b::async_try_create_snapshot(client_, sandboxes_[place_],
                                       [this](e2b::Result<e2b::SnapshotInfo> result) { ended(result); });
    }

    // Runs on the client's executor.
    void ended(e2b::Result<e2b::SnapshotInfo> const& result) {
        auto const& sandbox = sandboxes_[place_++];
        if (result) {
            ++made_;
            std::cout << sandbox << ": " << result->snapshot_id << '\n';
        } else {
            std::cout << sandbox << ": " << result.error() << '\n';
        }
        next();
    }

    e2b::Client& client_;
    std::vector<std::string> sandboxes_;
    std::size_t place_ = 0;
    std::size_t made_ = 0;
    std::promise<std::size_t> made_promise_;
};

/// The io_context on a thread of its own, for threads that wait.
class Background {
public:
    Background() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}
    ~Background() {
        work_.reset();
        thread_.join();
    }
    asio::any_io_executor executor() { return context_.get_executor(); }

private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

int run(std::vector<std::string> sandboxes) {
    Background background;
    e2b::Client client(background.executor(), e2b::ClientConfig::from_environment());

    OneByOne all(client, sandboxes);
    auto const made = all.start().get();

    // A future; get() throws what create_snapshot throws. Not to be waited for on the thread that runs the
    // context.
    std::size_t again = 0;
    try {
        auto future = e2b::async_create_snapshot(client, sandboxes.front(), asio::use_future);
        std::cout << "once more: " << future.get().snapshot_id << '\n';
        again = 1;
    } catch (e2b::SnapshotError const& error) {
        std::cout << "once more: " << error.what() << '\n';
    }
    e2b::async_close(client, asio::use_future).get();
    return made == sandboxes.size() && again == 1 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: callbacks SANDBOX...\n";
        return 2;
    }
    try {
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (std::exception const& error) {
        std::cerr << "callbacks: " << error.what() << '\n';
        return 2;
    }
}
