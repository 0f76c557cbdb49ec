// Where a client may run: on thread pools and strands, with others on one context, on one that is stopped and
// goes on, and what happens when it is destroyed in the middle.
#include "api/place.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <thread>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// All of these, a few at a time, each from a coroutine of its own.
template <class Executor>
void snapshot_all(Executor const& executor, Client& client, std::vector<std::string> const& ids,
                  std::atomic<int>& made) {
    for (auto const& id : ids)
        asio::co_spawn(executor, client.try_create_snapshot(id),
                       [&made](std::exception_ptr error, Result<SnapshotInfo> const& result) {
                           made += !error && result ? 1 : 0;
                       });
}

} // namespace

TEST_CASE("a client on a thread pool", "[api][context]") {
    Place const place;
    std::atomic<int> made = 0;
    asio::thread_pool pool(4);
    Client client(pool.get_executor(), place.config);
    for (int round = 0; round < 5; ++round)
        snapshot_all(pool.get_executor(), client, place.ids, made);
    while (made < static_cast<int>(5 * place.ids.size()))
        std::this_thread::sleep_for(1ms);
    asio::co_spawn(pool, client.close(), asio::use_future).get();
    pool.join();
    CHECK(made == static_cast<int>(5 * place.ids.size()));
}

TEST_CASE("a client on a strand of a context with several threads", "[api][context]") {
    Place const place;
    std::atomic<int> made = 0;
    asio::io_context context;
    auto const strand = asio::make_strand(context);
    Client client(strand, place.config);
    snapshot_all(strand, client, place.ids, made);
    int calls_on_strand = 0;
    async_try_create_snapshot(client, place.ids[0], [&](Result<SnapshotInfo> const& result) {
        CHECK(result);
        CHECK(strand.running_in_this_thread());
        ++calls_on_strand;
    });
    std::thread helper([&] {
        while (made < static_cast<int>(place.ids.size()))
            std::this_thread::sleep_for(1ms);
        async_close(client, asio::use_future).get();
    });
    std::thread second([&] { context.run(); });
    context.run();
    second.join();
    helper.join();
    CHECK(calls_on_strand == 1);
    CHECK(made == static_cast<int>(place.ids.size()));
}

TEST_CASE("several clients on one context", "[api][context]") {
    Place const place;
    Place const other;
    std::atomic<int> made = 0;
    asio::io_context context;
    Client first(context.get_executor(), place.config);
    Client second(context.get_executor(), place.config);
    auto third = std::make_unique<Client>(context.get_executor(), other.config);
    snapshot_all(context.get_executor(), first, place.ids, made);
    snapshot_all(context.get_executor(), second, place.ids, made);
    snapshot_all(context.get_executor(), *third, other.ids, made);
    while (made < static_cast<int>(2 * place.ids.size() + other.ids.size()))
        context.run_one();
    third.reset();
    // The others go on.
    snapshot_all(context.get_executor(), first, place.ids, made);
    while (made < static_cast<int>(3 * place.ids.size() + other.ids.size()))
        context.run_one();
    async_close(first, asio::detached);
    async_close(second, asio::detached);
    context.run();
    CHECK(place.simulator.snapshots().size() == 3 * place.ids.size());
}

TEST_CASE("a client that is destroyed in a callback of its own", "[api][context]") {
    Place const place;
    asio::io_context context;
    auto client = std::make_shared<Client>(context.get_executor(), place.config);
    int ended = 0;
    async_try_create_snapshot(*client, place.ids[0], [&](Result<SnapshotInfo> const& result) {
        CHECK(result);
        client.reset();
        ++ended;
    });
    context.run();
    CHECK(ended == 1);

    // The last owner is the callback itself, while other calls are in flight.
    auto owned = std::make_shared<Client>(context.get_executor(), place.config);
    auto& handle = *owned;
    for (auto const& id : place.ids)
        async_try_create_snapshot(handle, id, [owned, &ended](Result<SnapshotInfo> const&) mutable {
            owned.reset();
            ++ended;
        });
    async_try_create_snapshot(handle, "..", [&](Result<SnapshotInfo> const&) { ++ended; });
    owned.reset();
    context.restart();
    context.run();
    CHECK(ended == static_cast<int>(place.ids.size()) + 2);

    // A coroutine that owns the client it awaits.
    auto const own = [](asio::any_io_executor executor, Place const& at) -> asio::awaitable<void> {
        Client mine(std::move(executor), at.config);
        CHECK_FALSE((co_await mine.create_snapshot(at.ids[0])).snapshot_id.empty());
    };
    auto last = asio::co_spawn(context, own(context.get_executor(), place), asio::use_future);
    context.restart();
    context.run();
    last.get();
}

TEST_CASE("a client whose context is stopped and goes on", "[api][context]") {
    auto options = few_sandboxes();
    options.latency = 1s;
    options.manual_time = true;
    Place place(options);
    asio::io_context context;
    Client client(context.get_executor(), place.config);
    std::optional<Result<SnapshotInfo>> ended;
    async_try_create_snapshot(client, place.ids[0],
                              [&](Result<SnapshotInfo> result) { ended = std::move(result); });
    while (place.simulator.in_flight() == 0)
        context.run_one_for(10ms);
    context.stop();
    CHECK(context.run() == 0);
    place.simulator.advance(1s);
    std::this_thread::sleep_for(20ms); // for the answer to come while nobody looks
    context.restart();
    while (!ended)
        context.run_one();
    CHECK(*ended);
    async_close(client, asio::detached);
    context.stop();
    context.restart();
    context.run();
    // After the client was closed, the context can be used for another.
    Client next(context.get_executor(), place.config);
    context.restart();
    auto found = async_get_sandbox(next, place.ids[0], asio::use_future);
    while (found.wait_for(0s) != std::future_status::ready)
        context.run_one();
    CHECK(found.get().state == "running");
    async_close(next, asio::detached);
    context.run();
}

TEST_CASE("a client on a context with a concurrency hint of one thread", "[api][context]") {
    Place const place;
    asio::io_context context(1);
    Client client(context.get_executor(), place.config);
    std::atomic<int> made = 0;
    snapshot_all(context.get_executor(), client, place.ids, made);
    while (made < static_cast<int>(place.ids.size()))
        context.run_one();
    async_close(client, asio::detached);
    context.run();
    CHECK(place.simulator.snapshots().size() == place.ids.size());
}
