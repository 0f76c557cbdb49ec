#pragma once

#include "support/catch.hpp"

#include <e2b/bulk.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What the tests of bulk runs share: a simulator, a client of it, and a thread.
namespace e2b::test {

namespace asio = boost::asio;

inline SimulatorOptions unlimited(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

// A platform on which a snapshot takes a second of a time that only the test moves.
inline SimulatorOptions frozen(std::size_t sandboxes) {
    auto options = unlimited(sandboxes);
    options.latency = std::chrono::seconds(1);
    options.manual_time = true;
    return options;
}

inline ClientConfig config_for(Simulator const& simulator) {
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    config.retry.base_backoff = std::chrono::milliseconds(1);
    config.retry.max_backoff = std::chrono::milliseconds(10);
    return config;
}

// A simulator, a client of it, and a thread that runs both's coroutines.
class Fleet {
public:
    explicit Fleet(SimulatorOptions options = SimulatorOptions())
        : simulator(std::move(options)),
          client(context.get_executor(), config_for(simulator)),
          thread_([this] { context.run(); }) {}
    ~Fleet() {
        // What a test has left on a platform whose time stands still would never end.
        asio::co_spawn(context, client.close(std::chrono::seconds(0)), asio::use_future).get();
        work_.reset();
        thread_.join();
    }

    [[nodiscard]] std::vector<SnapshotRequest> requests() const {
        auto const ids = simulator.sandbox_ids();
        return {ids.begin(), ids.end()};
    }
    // What is recorded of the run's results.
    [[nodiscard]] BulkSink sink() {
        return [this](BulkResult result) {
            ++outcomes[result.result.outcome()];
            ++by_sandbox[result.item.request.sandbox_id];
            results.push_back(std::move(result));
        };
    }
    template <class T>
    std::future<T> start(asio::awaitable<T> work) {
        return asio::co_spawn(context, std::move(work), asio::use_future);
    }

    Simulator simulator;
    asio::io_context context;
    Client client;
    std::map<Outcome, int> outcomes;
    std::map<std::string, int> by_sandbox;
    std::vector<BulkResult> results;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

inline BulkOptions window_of(std::size_t ceiling) {
    BulkOptions options;
    options.max_in_flight = ceiling;
    return options;
}

// The options of a run that tells `sink` of its results.
inline BulkOptions telling(BulkSink sink, BulkOptions options = BulkOptions()) {
    options.on_result = std::move(sink);
    return options;
}

// Runs on the context's thread, and waits for it.
template <class Function>
void on(asio::io_context& context, Function function) {
    asio::post(context, asio::use_future([&] { function(); })).get();
}

} // namespace e2b::test
