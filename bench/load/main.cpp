// This library under load, as its users call it: one context, one thread, one coroutine for each request in
// flight.
#include "load/client_config.hpp"
#include "support/meter.hpp"
#include "support/options.hpp"

#include <e2b/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <iostream>
#include <string>

namespace asio = boost::asio;

namespace {

class Load {
public:
    explicit Load(bench::Options const& options)
        : options_(options),
          meter_(options),
          client_(context_.get_executor(), bench::client_config(options, options.concurrency)) {}

    int run() {
        for (std::uint64_t i = 0; i < options_.concurrency; ++i)
            asio::co_spawn(context_, work(i), asio::detached);
        context_.run();
        return meter_.report();
    }

private:
    asio::awaitable<void> work(std::uint64_t index) {
        auto const sandbox = bench::sandbox_id(index);
        asio::steady_timer timer(context_);
        ++running_;
        while (meter_.running()) {
            auto const start = meter_.next_start();
            if (options_.rate > 0 && start > bench::Clock::now()) {
                timer.expires_at(start);
                co_await timer.async_wait(asio::use_awaitable);
            }
            e2b::SnapshotRequest request(sandbox);
            auto const result = co_await client_.try_create_snapshot(std::move(request));
            if (!result && !said_)
                said_ = true, std::cerr << result.error().to_string() << '\n';
            meter_.ended(start, result.has_value());
        }
        if (--running_ == 0)
            co_await client_.close();
    }

    bench::Options options_;
    bench::Meter meter_;
    asio::io_context context_{1};
    e2b::Client client_;
    std::uint64_t running_ = 0;
    bool said_ = false; // the first failure is shown
};

} // namespace

int main(int argc, char** argv) {
    return Load(bench::Options::parse(argc, argv)).run();
}
