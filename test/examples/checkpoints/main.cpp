// checkpoints STEPS SANDBOX...: trains in many environments, each a sandbox, and checkpoints each after every
// tenth step.
//
// Bounded: one bulk run has at most so many snapshots in flight, and finds out itself how many the platform
// takes. With back-pressure: where checkpoints do not keep up, environments wait with their next ones instead
// of piling them up. An environment goes on training while its checkpoint is made, and has one at a time.
// SIGTERM ends the training; what was sent is waited for.
#include "checkpoint_queue.hpp"

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr unsigned steps_between = 10;
constexpr std::size_t queue_capacity = 8;
constexpr std::size_t most_in_flight = 32;

struct Environment {
    Environment(asio::any_io_executor executor, std::string id)
        : sandbox(std::move(id)),
          done(executor, asio::steady_timer::time_point::max()) {}

    std::string sandbox;
    std::string last_checkpoint;
    bool pending = false;    // a checkpoint is being made
    asio::steady_timer done; // cancelled when it was
    unsigned failed = 0;
};

class Training {
public:
    Training(asio::any_io_executor executor, std::vector<std::string> sandboxes, unsigned steps)
        : steps_(steps),
          queue_(executor, queue_capacity) {
        for (auto& sandbox : sandboxes)
            environments_.emplace_back(executor, std::move(sandbox));
        training_ = environments_.size();
    }

    CheckpointQueue& checkpoints() noexcept { return queue_; }
    std::deque<Environment>& environments() noexcept { return environments_; }
    [[nodiscard]] std::deque<Environment> const& environments() const noexcept { return environments_; }

    /// Trains in one environment.
    asio::awaitable<void> train(std::size_t number) {
        auto& environment = environments_[number];
        asio::steady_timer step(environment.done.get_executor());
        for (unsigned count = 1; count <= steps_ && !stopping_; ++count) {
            step.expires_after(1ms); // the work
            co_await step.async_wait(asio::use_awaitable);
            if (count % steps_between != 0)
                continue;
            boost::system::error_code cancelled;
            while (environment.pending && !stopping_)
                co_await environment.done.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            if (stopping_)
                break;
            environment.pending = true;
            e2b::BulkItem item(environment.sandbox, number);
            auto pushing = queue_.push(std::move(item));
            if (!co_await std::move(pushing))
                break;
        }
        if (--training_ == 0)
            queue_.close();
    }

    /// What became of a checkpoint.
    void ended(e2b::BulkResult const& checkpoint) {
        auto& environment = environments_[checkpoint.item.tag];
        environment.pending = false;
        if (checkpoint.result)
            environment.last_checkpoint = checkpoint.result->snapshot_id;
        else
            ++environment.failed; // of an unknown one, reconciling tells more: see e2b/reconcile.hpp
        environment.done.cancel();
    }

    /// Ends all training, also where it waits for a checkpoint.
    void stop() {
        stopping_ = true;
        for (auto& environment : environments_)
            environment.done.cancel();
    }

private:
    unsigned steps_;
    CheckpointQueue queue_;
    std::deque<Environment> environments_;
    std::size_t training_ = 0;
    bool stopping_ = false;
};

asio::awaitable<e2b::BulkProgress> checkpoint(e2b::Client& client, Training& training) {
    e2b::BulkOptions options;
    options.max_in_flight = most_in_flight;
    options.on_result = [&training](e2b::BulkResult const& result) { training.ended(result); };
    e2b::BulkRun run(client, std::move(options));
    asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code cancelled, int) {
        if (cancelled)
            return;
        training.stop();
        run.drain();
    });
    auto const progress = co_await run.execute(training.checkpoints());
    training.stop(); // where the run ended by itself, say because the key is not accepted
    signals.cancel();
    co_await client.close();
    co_return progress;
}

int run(unsigned steps, std::vector<std::string> sandboxes) {
    asio::io_context context(1);
    auto const executor = context.get_executor();
    e2b::Client client(executor, e2b::ClientConfig::from_environment());
    Training training(executor, std::move(sandboxes), steps);
    for (std::size_t number = 0; number != training.environments().size(); ++number)
        asio::co_spawn(context, training.train(number), asio::use_future);
    auto progress = asio::co_spawn(context, checkpoint(client, training), asio::use_future);
    context.run();

    auto const result = progress.get();
    std::cout << "created " << result.created << ", failed " << result.done() - result.created
              << ", queued at most " << training.checkpoints().high_water() << '\n';
    for (auto const& environment : training.environments())
        std::cout << environment.sandbox << ' ' << environment.last_checkpoint << '\n';
    return result.done() == result.created ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: checkpoints STEPS SANDBOX...\n";
        return 2;
    }
    try {
        return run(static_cast<unsigned>(std::stoul(argv[1])),
                   std::vector<std::string>(argv + 2, argv + argc));
    } catch (std::exception const& error) {
        std::cerr << "checkpoints: " << error.what() << '\n';
        return 2;
    }
}
