#pragma once

#include "support/catch.hpp"

#include <e2b/e2b.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// What the tests of the API share: a simulator, whose sandboxes have the ids `ids`, and a configuration.
namespace e2b::test {

namespace asio = boost::asio;

inline SimulatorOptions few_sandboxes() {
    SimulatorOptions options;
    options.sandboxes = 40;
    options.slots_per_node = 0;
    return options;
}

struct Place {
    explicit Place(SimulatorOptions options = few_sandboxes())
        : simulator(std::move(options)),
          ids(simulator.sandbox_ids()) {
        config.base_url = simulator.url();
        config.api_key = simulator.api_key();
        config.tls.ca_pem = simulator.ca_pem();
        config.retry.base_backoff = std::chrono::milliseconds(1);
    }

    Simulator simulator;
    std::vector<std::string> ids;
    ClientConfig config;
};

// Runs a coroutine of a client to its end, on the calling thread.
inline void run(Place const& place, std::function<asio::awaitable<void>(Client&)> const& work) {
    asio::io_context context;
    Client client(context.get_executor(), place.config);
    auto const all = [&]() -> asio::awaitable<void> {
        std::exception_ptr error;
        try {
            auto first = work(client);
            co_await std::move(first);
        } catch (...) {
            error = std::current_exception();
        }
        co_await client.close();
        if (error)
            std::rethrow_exception(error);
    };
    auto ended = asio::co_spawn(context, all(), asio::use_future);
    context.run();
    ended.get();
}

} // namespace e2b::test
