// Where and when what waits for a call goes on, over real sockets.
#include "fault/caller.hpp"
#include "support/byte_server.hpp"
#include "support/catch.hpp"

#include <e2b/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

SnapshotRequest request() {
    return SnapshotRequest("i0123456789abcdefghij");
}

// Answers the first `held` connections' requests at the cue, all others at once.
struct HeldServer {
    explicit HeldServer(unsigned held)
        : server(std::nullopt, [this, held](Peer& peer) {
              peer.read_request();
              if (peer.number() < held) {
                  peer.wait_until([this] { return open.load(); });
                  peer.send(created());
                  ++answered;
              } else {
                  peer.send(created());
              }
              serve_well(peer);
          }) {}

    // Returns when all answers are on their way, and nobody has read them.
    void answer(unsigned held) {
        open = true;
        auto const give_up = std::chrono::steady_clock::now() + 60s;
        while (answered != held && std::chrono::steady_clock::now() < give_up)
            std::this_thread::yield();
        REQUIRE(answered == held);
    }

    std::atomic<bool> open = false;
    std::atomic<unsigned> answered = 0;
    ByteServer server;
};

void run_until(asio::io_context& context, std::function<bool()> const& done) {
    auto const give_up = std::chrono::steady_clock::now() + 60s;
    while (!done() && std::chrono::steady_clock::now() < give_up) {
        context.restart();
        context.run_one_for(5ms);
    }
    REQUIRE(done());
}

} // namespace

TEST_CASE("a coroutine goes on outside of the client, which it may then destroy", "[fault][delivery]") {
    HeldServer held(3);
    asio::io_context context(1);
    auto client = std::make_unique<Client>(context.get_executor(), plain_config_for(held.server));
    std::vector<Outcome> outcomes;
    for (int i = 0; i != 3; ++i)
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                auto const result = co_await client->try_create_snapshot(request());
                outcomes.push_back(result.outcome());
                client.reset();
            },
            asio::detached);
    run_until(context, [&] { return held.server.posts() == 3; });
    held.answer(3);
    context.restart();
    context.run();
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0] == Outcome::created);
    for (auto const outcome : {outcomes[1], outcomes[2]}) // answered in the same turn, or cut by it
        CHECK((outcome == Outcome::created || outcome == Outcome::unknown));
}

TEST_CASE("what a coroutine throws after its call comes out of run, and the others go on",
          "[fault][delivery]") {
    HeldServer held(3);
    asio::io_context context(1);
    Client client(context.get_executor(), plain_config_for(held.server));
    int created = 0;
    for (int i = 0; i != 3; ++i)
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                auto const result = co_await client.try_create_snapshot(request());
                created += result.has_value() ? 1 : 0;
                if (created == 1)
                    throw std::runtime_error("the caller's own");
            },
            [](std::exception_ptr problem) {
                if (problem)
                    std::rethrow_exception(problem);
            });
    run_until(context, [&] { return held.server.posts() == 3; });
    held.answer(3);
    context.restart();
    CHECK_THROWS_AS(context.run(), std::runtime_error);
    run_until(context, [&] { return created == 3; });
    CHECK(client.stats().in_flight == 0);
}

TEST_CASE("a coroutine goes on in the step that reads its answer", "[fault][delivery]") {
    HeldServer held(1);
    asio::io_context context(1);
    Client client(context.get_executor(), plain_config_for(held.server));
    bool created = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            created = (co_await client.try_create_snapshot(request())).has_value();
        },
        asio::detached);
    run_until(context, [&] { return held.server.posts() == 1; });
    context.restart();
    context.poll();
    held.answer(1);
    context.run_one();
    CHECK(created);
}

TEST_CASE("a coroutine that goes on makes its next call on the same connection", "[fault][delivery]") {
    HeldServer held(0);
    asio::io_context context(1);
    Client client(context.get_executor(), plain_config_for(held.server));
    int created = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            for (int i = 0; i != 100; ++i) {
                auto const result = co_await client.try_create_snapshot(request());
                created += result.has_value() ? 1 : 0;
            }
            co_await client.close();
        },
        asio::detached);
    context.run();
    CHECK(created == 100);
    CHECK(held.server.connections() == 1);
    CHECK(client.stats().in_flight == 0);
}

// Its answers are read by whichever thread is free, and it may find another one in the strand.
TEST_CASE("calls on a context with several threads are each delivered once", "[fault][delivery]") {
    HeldServer held(0);
    asio::io_context context;
    Client client(context.get_executor(), plain_config_for(held.server));
    std::atomic<int> created = 0;
    std::atomic<int> left = 16;
    for (int i = 0; i != 16; ++i)
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                for (int call = 0; call != 50; ++call) {
                    auto const result = co_await client.try_create_snapshot(request());
                    created += result.has_value() ? 1 : 0;
                }
                if (--left == 0)
                    co_await client.close();
            },
            asio::detached);
    std::thread second([&] { context.run(); });
    std::thread third([&] { context.run(); });
    context.run();
    second.join();
    third.join();
    CHECK(created == 16 * 50);
    CHECK(client.stats().in_flight == 0);
}
