// What a call costs in allocations once the client has all its connections, counted on the thread that runs
// it.
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <e2b/client.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <string>

namespace asio = boost::asio;

namespace {

constexpr std::size_t concurrency = 16;

class Calls {
public:
    Calls() : simulator_(options()), client_(context_.get_executor(), config()) {}

    // The allocations of `rounds` rounds of calls, one of each sandbox, beyond those of the caller itself.
    std::size_t count(std::size_t rounds) {
        auto const before = e2b::test::allocations();
        auto left = ids_.size();
        for (auto const& id : ids_)
            asio::co_spawn(context_, call(id, rounds), [&left](std::exception_ptr failed) {
                CHECK(!failed);
                --left;
            });
        while (left != 0)
            context_.run_one();
        return e2b::test::allocations() - before;
    }

private:
    static e2b::SimulatorOptions options() {
        e2b::SimulatorOptions options;
        options.sandboxes = concurrency;
        return options;
    }
    [[nodiscard]] e2b::ClientConfig config() const {
        e2b::ClientConfig config;
        config.base_url = simulator_.url();
        config.api_key = simulator_.api_key();
        config.tls.ca_pem = simulator_.ca_pem();
        return config;
    }
    asio::awaitable<void> call(std::string const& id, std::size_t rounds) {
        for (std::size_t i = 0; i != rounds; ++i) {
            e2b::SnapshotRequest request(id);
            auto const result = co_await client_.try_create_snapshot(std::move(request));
            if (!result)
                throw e2b::SnapshotError(result.error());
        }
    }

    e2b::Simulator simulator_;
    std::vector<std::string> ids_ = simulator_.sandbox_ids();
    asio::io_context context_{1};
    e2b::Client client_;
};

} // namespace

TEST_CASE("a call allocates nothing but the caller's id and the result's") {
    Calls calls;
    static_cast<void>(calls.count(4)); // connections are dialed, buffers and queues grow
    constexpr std::size_t few = 4;
    constexpr std::size_t many = 104;
    auto const least = calls.count(few);
    auto const most = calls.count(many);
    CHECK(most - least == (many - few) * concurrency * 2);
}
