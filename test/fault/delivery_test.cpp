// Where and when what waits for a call goes on, over real sockets.
#include "fault/caller.hpp"
#include "support/byte_server.hpp"
#include "support/catch.hpp"

#include <e2b/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

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

// Responds to the first requests of the first `held` connections when it is told to, and to all others at
// once.
struct HeldServer {
    explicit HeldServer(unsigned held)
        : cues(held),
          server(std::nullopt, [this](Peer& peer) {
              if (peer.number() < cues.size()) {
                  auto& cue = cues[peer.number()];
                  peer.read_request();
                  cue.await(peer);
                  peer.send(created());
                  cue.done();
              }
              serve_well(peer);
          }) {}

    // Returns when so many responses are on their way, and nobody has read them.
    void respond(std::size_t count) {
        for (std::size_t i = 0; i != count; ++i)
            cues[i].give();
    }

    std::vector<Cue> cues;
    ByteServer server;
};

// So many calls, one after the other.
asio::awaitable<void> call(Client& client, std::atomic<int>& created, int times = 1) {
    for (int i = 0; i != times; ++i) {
        auto const result = co_await client.try_create_snapshot(request());
        created += result.has_value() ? 1 : 0;
    }
}

} // namespace

// Within the client its destruction would have to wait for the client's own step.
TEST_CASE("a coroutine goes on outside of the client, which it may then destroy", "[fault][delivery]") {
    struct Ends final : ClientObserver {
        void on_call(CallReport const&) override { ++count; }
        int count = 0;
    };
    HeldServer held(3);
    asio::io_context context(1);
    auto const ends = std::make_shared<Ends>();
    auto config = plain_config_for(held.server);
    config.observer = ends;
    auto client = std::make_unique<Client>(context.get_executor(), std::move(config));
    std::vector<Outcome> outcomes;
    int ended_by_destruction = 0;
    for (int i = 0; i != 3; ++i)
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                auto const result = co_await client->try_create_snapshot(request());
                outcomes.push_back(result.outcome());
                if (outcomes.size() == 1) {
                    auto const before = ends->count;
                    client.reset();
                    ended_by_destruction = ends->count - before;
                }
            },
            asio::detached);
    run_until(context, [&] { return held.server.posts() == 3; });
    held.respond(1);
    context.restart();
    context.run();
    CHECK(outcomes == std::vector{Outcome::created, Outcome::unknown, Outcome::unknown});
    CHECK(ended_by_destruction == 2);
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
    held.respond(3);
    context.restart();
    CHECK_THROWS_AS(context.run(), std::runtime_error);
    run_until(context, [&] { return created == 3; });
    CHECK(client.stats().in_flight == 0);
}

TEST_CASE("a coroutine on another context than its client's goes on there", "[fault][delivery]") {
    HeldServer held(1);
    asio::io_context context(1);
    asio::io_context other(1);
    Client client(context.get_executor(), plain_config_for(held.server));
    std::atomic<int> created = 0;
    asio::co_spawn(other, call(client, created), asio::detached);
    other.poll();
    run_until(context, [&] { return held.server.posts() == 1; });
    held.respond(1);
    run_until(context, [&] { return client.stats().in_flight == 0; });
    CHECK(created == 0);
    other.restart();
    other.run();
    CHECK(created == 1);
}

TEST_CASE("a coroutine that goes on makes its next call on the same connection", "[fault][delivery]") {
    HeldServer held(0);
    asio::io_context context(1);
    Client client(context.get_executor(), plain_config_for(held.server));
    std::atomic<int> created = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            co_await call(client, created, 100);
            co_await client.close();
        },
        asio::detached);
    context.run();
    CHECK(created == 100);
    CHECK(held.server.connections() == 1);
    CHECK(client.stats().in_flight == 0);
}

namespace {

// Starts 16 coroutines on the executor, and counts the calls of theirs that succeed. The last one closes the
// client.
struct Callers {
    static constexpr int each = 50;

    void start(asio::any_io_executor const& executor, Client& client) {
        for (int i = 0; i != 16; ++i)
            asio::co_spawn(executor, work(client), asio::detached);
    }

    asio::awaitable<void> work(Client& client) {
        co_await call(client, created, each);
        if (--left == 0)
            co_await client.close();
    }

    std::atomic<int> created = 0;
    std::atomic<int> left = 16;
};

} // namespace

// Its responses are read by whichever thread is free, and it may find another one in the strand.
TEST_CASE("calls on a context with several threads are each delivered once", "[fault][delivery]") {
    HeldServer held(0);
    asio::io_context context;
    Client client(context.get_executor(), plain_config_for(held.server));
    Callers callers;
    callers.start(context.get_executor(), client);
    std::thread second([&] { context.run(); });
    std::thread third([&] { context.run(); });
    context.run();
    second.join();
    third.join();
    CHECK(callers.created == 16 * Callers::each);
    CHECK(client.stats().in_flight == 0);
}

TEST_CASE("calls of a client on a strand, or on other threads than an io_context's, are each delivered once",
          "[fault][delivery]") {
    HeldServer held(0);
    Callers callers;
    SECTION("strand") {
        asio::io_context context;
        auto const strand = asio::make_strand(context);
        Client client(strand, plain_config_for(held.server));
        callers.start(strand, client);
        std::thread second([&] { context.run(); });
        context.run();
        second.join();
    }
    SECTION("thread pool") {
        asio::thread_pool pool(2);
        Client client(pool.get_executor(), plain_config_for(held.server));
        callers.start(pool.get_executor(), client);
        pool.join();
    }
    CHECK(callers.created == 16 * Callers::each);
}
