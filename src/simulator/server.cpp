#include "simulator/server.hpp"

#include "simulator/dialect.hpp"

#include <csignal>
#include <utility>

namespace e2b::sim {
namespace {

std::unique_ptr<TlsContext const> make_tls(SimulatorOptions const& options) {
    if (options.plain_http)
        return nullptr;
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    names.insert(names.end(), options.certificate_names.begin(), options.certificate_names.end());
    return std::make_unique<TlsContext const>(Identity::make(names));
}

// A server that has a limit of its own has no load balancer that would not know of it.
Patience patience_of(SimulatorOptions const& options, Dialect const& dialect) {
    constexpr auto never = std::chrono::hours(24 * 365);
    if (dialect.works_for)
        return {*dialect.works_for, never, never};
    return {options.request_timeout, options.write_timeout, options.balancer_timeout};
}

// The process's signals are not for these threads.
class BlockSignals {
public:
    BlockSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    BlockSignals(BlockSignals const&) = delete;
    BlockSignals& operator=(BlockSignals const&) = delete;
    ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

} // namespace

Server::Server(SimulatorOptions const& options)
    : clock_(options.manual_time),
      dispatcher_(options, clock_),
      tls_(make_tls(options)),
      listener_(Listener::open(options.address, options.port)),
      url_((tls_ ? "https://" : "http://") + listener_.host + ":" + std::to_string(listener_.port) +
           std::string(Dialect::of(options.profile).prefix)),
      port_(listener_.port),
      ca_pem_(tls_ ? tls_->ca_pem() : std::string()) {
    make_workers(options);
    BlockSignals const block;
    try {
        for (auto const& worker : workers_)
            threads_.emplace_back(&Worker::run, worker.get());
    } catch (...) {
        stop();
        throw;
    }
}

Server::~Server() {
    stop();
}

void Server::make_workers(SimulatorOptions const& options) {
    auto const dialect = Dialect::of(options.profile);
    for (unsigned i = 0; i < options.threads; ++i) {
        Workbench bench{dispatcher_,
                        clock_,
                        counters_,
                        patience_of(options, dialect),
                        options.max_requests_per_connection,
                        options.cancel_on_hang_up && dialect.hang_up_cancels};
        workers_.push_back(std::make_unique<Worker>(i, std::move(bench), tls_.get(), options.keep_alive));
    }
    workers_.front()->keep_time();
    workers_.front()->listen(listener_.socket.get(), [this](Descriptor socket) {
        workers_[next_worker_++ % workers_.size()]->adopt(std::move(socket));
    });
    dispatcher_.connect(
        [this](std::uint64_t connection, Answer answer) {
            workers_[Worker::worker_of(connection)]->deliver(connection, std::move(answer));
        },
        [this] { workers_.front()->wake(); });
}

void Server::stop() {
    for (auto const& worker : workers_)
        worker->stop();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
    listener_.socket = Descriptor();
}

void Server::close_idle_connections() {
    for (auto const& worker : workers_)
        worker->close_idle();
}

void Server::reset_connections() {
    for (auto const& worker : workers_)
        worker->reset_all();
}

void Server::advance(std::chrono::nanoseconds duration) {
    clock_.advance(duration);
    dispatcher_.advance();
    for (auto const& worker : workers_)
        worker->wake();
}

} // namespace e2b::sim
