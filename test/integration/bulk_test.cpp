#include "integration/bulk_rig.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace asio = boost::asio;

namespace {

// Lets every try through but one, the `held`th, which waits until it is released or the run is stopped.
struct HeldJournal : BulkJournal {
    explicit HeldJournal(asio::io_context& context, std::size_t which = 1)
        : held(which),
          released(context, asio::steady_timer::time_point::max()) {}

    asio::awaitable<void> before_try(BulkItem const& item) override {
        noted.push_back(item.request.sandbox_id);
        if (noted.size() != held)
            co_return;
        asked.set_value();
        co_await released.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    void stop() override { released.cancel(); }

    std::size_t held;
    std::vector<std::string> noted;
    std::promise<void> asked;
    asio::steady_timer released;
};

// Yields what a test puts in, and waits for more until it is told that this was all.
class FedSource : public BulkSource {
public:
    explicit FedSource(asio::io_context& context)
        : changed_(context, asio::steady_timer::time_point::max()) {}

    asio::awaitable<std::optional<BulkItem>> next() override {
        ++asked;
        while (items.empty() && !ended)
            co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (items.empty())
            co_return std::nullopt;
        auto item = std::move(items.front());
        items.erase(items.begin());
        co_return item;
    }
    void stop() override {
        ended = true;
        changed_.cancel();
    }
    void changed() { changed_.cancel(); }

    std::vector<BulkItem> items;
    bool ended = false;
    int asked = 0;

private:
    asio::steady_timer changed_;
};

} // namespace

TEST_CASE("a vector of requests yields the results in its order", "[bulk]") {
    Fleet fleet(unlimited(300));
    auto const requests = fleet.requests();
    BulkRun run(fleet.client);
    auto const results = fleet.start(run.collect(requests)).get();
    REQUIRE(results.size() == 300);
    std::map<std::string, std::string> made;
    for (auto const& record : fleet.simulator.snapshots())
        made[record.sandbox_id] = record.snapshot_id;
    CHECK(made.size() == 300);
    CHECK(fleet.simulator.snapshots().size() == 300);
    for (std::size_t i = 0; i < results.size(); ++i)
        CHECK(results[i]->snapshot_id == made[requests[i].sandbox_id]);
    auto const progress = run.progress();
    CHECK(progress.created == 300);
    CHECK(progress.done() == 300);
    CHECK(progress.total == std::uint64_t{300});
    CHECK(progress.in_flight == 0);
}

TEST_CASE("the sink sees each element of a range once, with its position", "[bulk]") {
    Fleet fleet(unlimited(50));
    auto ids = fleet.simulator.sandbox_ids();
    ids.push_back("../etc");
    ids.push_back("i0000000000000000000x");
    BulkRun run(fleet.client, telling(fleet.sink()));
    auto const progress = fleet.start(run.execute(ids)).get();
    CHECK(fleet.outcomes ==
          std::map<Outcome, int>{{Outcome::created, 50}, {Outcome::rejected, 1}, {Outcome::not_sent, 1}});
    for (auto const& result : fleet.results)
        CHECK(ids[result.item.tag] == result.item.request.sandbox_id);
    CHECK(progress.created == 50);
    CHECK(progress.rejected == 1);
    CHECK(progress.not_sent == 1);
}

TEST_CASE("an empty fleet is done at once", "[bulk]") {
    Fleet fleet(unlimited(1));
    BulkRun run(fleet.client);
    CHECK(fleet.start(run.collect(std::vector<SnapshotRequest>())).get().empty());
    CHECK(fleet.simulator.stats().requests == 0);
}

TEST_CASE("a source is asked for no more than fits into the window", "[bulk]") {
    Fleet fleet(frozen(20));
    FedSource source(fleet.context);
    for (auto const& id : fleet.simulator.sandbox_ids())
        source.items.emplace_back(id);
    source.ended = true;
    BulkRun run(fleet.client, telling(fleet.sink(), window_of(4)));
    auto ended = fleet.start(run.execute(source));
    REQUIRE(fleet.simulator.wait_for_in_flight(4));
    on(fleet.context, [&] { CHECK(source.asked == 4); });
    for (int i = 0; i < 5; ++i) {
        fleet.simulator.advance(1s);
        if (i < 4)
            REQUIRE(fleet.simulator.wait_for_in_flight(4));
    }
    CHECK(ended.get().created == 20);
    CHECK(fleet.simulator.stats().connections_accepted == 4);
}

TEST_CASE("an item is started before the source has the next", "[bulk]") {
    Fleet fleet(unlimited(2));
    auto const ids = fleet.simulator.sandbox_ids();
    FedSource source(fleet.context);
    std::promise<void> first;
    BulkRun run(fleet.client, telling([&](BulkResult const& result) {
                    if (result.item.request.sandbox_id == ids[0])
                        first.set_value();
                }));
    auto ended = fleet.start(run.execute(source));
    on(fleet.context, [&] {
        source.items.emplace_back(ids[0]);
        source.changed();
    });
    first.get_future().get();
    on(fleet.context, [&] {
        source.items.emplace_back(ids[1]);
        source.stop();
    });
    CHECK(ended.get().created == 2);
}

TEST_CASE("what the platform has no room for is tried again until it has", "[bulk]") {
    SimulatorOptions options;
    options.sandboxes = 100;
    options.nodes = 2;
    options.slots_per_node = 1;
    options.queue_timeout = 0ns;
    options.latency = 2ms;
    Fleet fleet(options);
    BulkOptions bulk;
    bulk.call.retry = RetryPolicy();
    bulk.call.retry->base_backoff = 1ms;
    bulk.call.retry->max_attempts = 100;
    bulk.call.retry->budget_capacity = 1000;
    BulkRun run(fleet.client, telling(fleet.sink(), bulk));
    auto const progress = fleet.start(run.execute(fleet.requests())).get();
    CHECK(progress.created == 100);
    CHECK(progress.refused > 0);
    CHECK(fleet.simulator.snapshots().size() == 100);
    unsigned attempts = 0;
    for (auto const& result : fleet.results)
        attempts += result.result.attempts();
    CHECK(attempts == 100 + progress.refused);
}

TEST_CASE("drained, a run waits for what is in flight, and the rest is not sent", "[bulk]") {
    Fleet fleet(frozen(10));
    BulkRun run(fleet.client, telling(fleet.sink(), window_of(3)));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    run.drain();
    // The end of a call in flight comes after the run was told.
    on(fleet.context, [] {});
    fleet.simulator.advance(1s);
    auto const progress = ended.get();
    CHECK(progress.created == 3);
    CHECK(progress.not_sent == 7);
    CHECK(fleet.by_sandbox.size() == 10);
    CHECK(fleet.simulator.requests(SimulatorEndpoint::create_snapshot) == 3);
    for (auto const& result : fleet.results) {
        if (!result.result) {
            CHECK(result.result.error().error == Errc::cancelled);
            CHECK(result.result.attempts() == 0);
            CHECK_FALSE(result.last_try);
        }
    }
}

TEST_CASE("cut, a run ends what is in flight, truthfully", "[bulk]") {
    Fleet fleet(frozen(10));
    BulkRun run(fleet.client, telling(fleet.sink(), window_of(3)));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    run.cut();
    auto const progress = ended.get();
    CHECK(progress.unknown == 3);
    CHECK(progress.not_sent == 7);
    CHECK(fleet.by_sandbox.size() == 10);
    for (auto const& result : fleet.results) {
        CHECK(result.result.error().error == Errc::cancelled);
        CHECK(result.last_try.has_value() == (result.result.outcome() == Outcome::unknown));
    }
    // The platform was not hung up on.
    CHECK(fleet.client.stats().late == 3);
    auto closed = fleet.start(fleet.client.close());
    fleet.simulator.advance(1s);
    closed.get();
    CHECK(fleet.client.stats().late_created == 3);
    CHECK(fleet.simulator.stats().snapshots == 3);
    CHECK(fleet.simulator.stats().sandboxes_lost == 0);
}

TEST_CASE("cut, a run whose calls hang up costs sandboxes", "[bulk]") {
    Fleet fleet(frozen(10));
    auto options = window_of(3);
    options.call.hang_up_on_cancel = true;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    run.cut();
    CHECK(ended.get().unknown == 3);
    CHECK(fleet.client.stats().late == 0);
    REQUIRE(fleet.simulator.wait_for_in_flight(0));
    CHECK(fleet.simulator.stats().sandboxes_lost == 3);
}

TEST_CASE("an item whose time is up is delivered with its response, once it comes", "[bulk]") {
    Fleet fleet(frozen(3));
    auto options = window_of(3);
    bool const is_total = GENERATE(true, false);
    (is_total ? options.call.timeout : options.call.attempt_timeout) = 200ms;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    std::this_thread::sleep_for(400ms);
    CHECK(run.progress().in_flight == 3);
    CHECK(run.progress().done() == 0);
    fleet.simulator.advance(1s);
    auto const progress = ended.get();
    CHECK(progress.created == 3);
    CHECK(fleet.simulator.stats().sandboxes_lost == 0);
    for (auto const& result : fleet.results) {
        CHECK(result.result.attempts() == 1);
        CHECK(result.result.elapsed() >= 400ms);
    }
}

TEST_CASE("a try is not said to have begun while it waited for a connection", "[bulk]") {
    Simulator simulator(unlimited(2));
    simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close(), 2);
    auto config = config_for(simulator);
    config.max_connections = 1;
    asio::io_context context;
    Client client(context.get_executor(), config);
    std::vector<BulkResult> results;
    std::vector<std::chrono::system_clock::time_point> ended_at;
    BulkRange<std::vector<SnapshotRequest>> source(
        {SnapshotRequest(simulator.sandbox_ids()[0]), SnapshotRequest(simulator.sandbox_ids()[1])});
    BulkSink const sink = [&](BulkResult result) {
        results.push_back(std::move(result));
        ended_at.push_back(std::chrono::system_clock::now());
    };
    BulkRun run(client, telling(sink, window_of(2)));
    auto const work = [&]() -> asio::awaitable<void> {
        co_await run.execute(source);
        co_await client.close();
    };
    asio::co_spawn(context, work(), asio::detached);
    context.run();
    REQUIRE(results.size() == 2);
    CHECK(results[1].result.outcome() == Outcome::unknown);
    CHECK(results[1].last_try >= ended_at[0]);
}

TEST_CASE("cancelling the coroutine that awaits a run cuts it, and the results come all the same", "[bulk]") {
    Fleet fleet(frozen(10));
    asio::cancellation_signal signal;
    BulkRun run(fleet.client, window_of(3));
    auto ended = asio::co_spawn(fleet.context, run.collect(fleet.requests()),
                                asio::bind_cancellation_slot(signal.slot(), asio::use_future));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    on(fleet.context, [&] { signal.emit(asio::cancellation_type::terminal); });
    auto const results = ended.get();
    REQUIRE(results.size() == 10);
    auto const count = [&](Outcome outcome) {
        return std::ranges::count(results, outcome, &Result<SnapshotInfo>::outcome);
    };
    CHECK(count(Outcome::unknown) == 3);
    CHECK(count(Outcome::not_sent) == 7);
}

TEST_CASE("stopped before it begins, a run sends nothing", "[bulk]") {
    Fleet fleet(unlimited(10));
    BulkRun run(fleet.client, telling(fleet.sink()));
    run.drain();
    CHECK(fleet.start(run.execute(fleet.requests())).get().not_sent == 10);
    CHECK(fleet.simulator.stats().requests == 0);
}

TEST_CASE("stopped while it waits for its source, a run ends", "[bulk]") {
    Fleet fleet(unlimited(1));
    FedSource source(fleet.context);
    source.items.emplace_back(fleet.simulator.sandbox_ids().front());
    std::promise<void> first;
    BulkRun run(fleet.client, telling([&](BulkResult const&) { first.set_value(); }));
    auto ended = fleet.start(run.execute(source));
    first.get_future().get();
    run.drain();
    CHECK(ended.get().created == 1);
}

TEST_CASE("a sink that throws ends the run, after all that was started was offered to it", "[bulk]") {
    Fleet fleet(frozen(10));
    std::set<std::string> seen;
    auto const sink = [&](BulkResult const& result) {
        seen.insert(result.item.request.sandbox_id);
        throw std::runtime_error("the disk is full");
    };
    BulkRun run(fleet.client, telling(sink, window_of(3)));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    fleet.simulator.advance(1s);
    CHECK_THROWS_WITH(ended.get(), "the disk is full");
    CHECK(seen.size() == 10);
    CHECK(fleet.simulator.requests(SimulatorEndpoint::create_snapshot) == 3);
}

TEST_CASE("a source that throws ends the run, after all that was started was delivered", "[bulk]") {
    struct Failing : BulkSource {
        explicit Failing(std::vector<std::string> from) : ids(std::move(from)) {}
        asio::awaitable<std::optional<BulkItem>> next() override {
            if (taken == 2)
                throw std::runtime_error("the list is torn");
            co_return BulkItem(ids[taken++]);
        }
        std::vector<std::string> ids;
        std::size_t taken = 0;
    };
    Fleet fleet(unlimited(10));
    Failing source(fleet.simulator.sandbox_ids());
    BulkRun run(fleet.client, telling(fleet.sink()));
    auto ended = fleet.start(run.execute(source));
    CHECK_THROWS_WITH(ended.get(), "the list is torn");
    CHECK(fleet.by_sandbox.size() == 2);
}

TEST_CASE("nothing is sent before the journal knows of it", "[bulk]") {
    Fleet fleet(unlimited(1));
    auto const journal = std::make_shared<HeldJournal>(fleet.context);
    BulkOptions options;
    options.journal = journal;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    journal->asked.get_future().get();
    on(fleet.context, [] {});
    CHECK(fleet.simulator.stats().connections_accepted == 0);
    on(fleet.context, [&] { journal->released.cancel(); });
    CHECK(ended.get().created == 1);
    CHECK(journal->noted == fleet.simulator.sandbox_ids());
}

TEST_CASE("what the journal still prepares when the run is stopped is not sent", "[bulk]") {
    Fleet fleet(unlimited(2));
    auto const journal = std::make_shared<HeldJournal>(fleet.context);
    BulkOptions options;
    options.journal = journal;
    options.max_in_flight = 1;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    journal->asked.get_future().get();
    on(fleet.context, [] {}); // `before_try` is in the middle of the run's step
    auto const progress = run.progress();
    CHECK(progress.in_flight == 1);
    CHECK(progress.preparing == 1);
    run.drain();
    CHECK(ended.get().not_sent == 2);
    CHECK(fleet.simulator.stats().connections_accepted == 0);
}

TEST_CASE("stopped before its second try, an item ends as its first did", "[bulk]") {
    Fleet fleet(unlimited(1));
    fleet.simulator.script(SimulatorEndpoint::create_snapshot,
                           SimulatorFault::reject(503, "no room on the node"));
    auto const journal = std::make_shared<HeldJournal>(fleet.context, 2);
    BulkOptions options;
    options.journal = journal;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    journal->asked.get_future().get();
    run.drain();
    CHECK(ended.get().rejected == 1);
    REQUIRE(fleet.results.size() == 1);
    auto const& failure = fleet.results.front().result.error();
    CHECK(failure.error == Errc::busy);
    CHECK(failure.http_status == 503);
    CHECK(failure.attempts == 1);
    CHECK(fleet.simulator.stats().requests == 1);
}

TEST_CASE("a journal that fails ends the run, and what it did not note is not sent", "[bulk]") {
    struct Journal : BulkJournal {
        asio::awaitable<void> before_try(BulkItem const&) override {
            if (++count > 5)
                throw std::runtime_error("no space left");
            co_return;
        }
        int count = 0;
    };
    Fleet fleet(unlimited(20));
    BulkOptions options;
    options.journal = std::make_shared<Journal>();
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    CHECK_THROWS_WITH(ended.get(), "no space left");
    CHECK(fleet.by_sandbox.size() == 20);
    CHECK(fleet.simulator.requests(SimulatorEndpoint::create_snapshot) <= 5);
    CHECK(fleet.outcomes[Outcome::not_sent] >= 15);
}

TEST_CASE("a failure that every item would meet stops the run at once", "[bulk]") {
    Simulator simulator(unlimited(100));
    auto config = config_for(simulator);
    config.api_key = "e2b_wrong";
    asio::io_context context;
    Client client(context.get_executor(), config);
    BulkRun run(client);
    auto const ids = simulator.sandbox_ids();
    auto ended = asio::co_spawn(context, run.collect({ids.begin(), ids.end()}), asio::use_future);
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            while (ended.wait_for(0s) != std::future_status::ready)
                co_await asio::post(context, asio::use_awaitable);
            co_await client.close();
        },
        asio::detached);
    context.run();
    auto const results = ended.get();
    REQUIRE(results.size() == 100);
    for (auto const& result : results) {
        if (result.outcome() == Outcome::rejected)
            CHECK(result.error().error == Errc::unauthorized);
        else
            CHECK(result.error().detail.find("unauthorized") != std::string::npos);
    }
    CHECK(run.progress().stopped_by == Errc::unauthorized);
    CHECK(run.progress().stop_reason == "another item failed: unauthorized");
    CHECK(run.progress().rejected <= 16);
}

TEST_CASE("so many failures stop the run, where that is asked for", "[bulk]") {
    Fleet fleet(unlimited(1));
    std::vector<SnapshotRequest> const requests(100, SnapshotRequest("i0000000000000000000x"));
    BulkOptions options;
    options.stop_after_failures = 5;
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto const progress = fleet.start(run.execute(requests)).get();
    CHECK(progress.rejected >= 5);
    CHECK(progress.rejected <= 5 + 16);
    CHECK(progress.done() == 100);
    CHECK(progress.stopped_by == Errc::not_found);
}

TEST_CASE("a client that is closed ends the run with every item delivered", "[bulk]") {
    Fleet fleet(frozen(10));
    BulkRun run(fleet.client, telling(fleet.sink(), window_of(3)));
    auto ended = fleet.start(run.execute(fleet.requests()));
    REQUIRE(fleet.simulator.wait_for_in_flight(3));
    auto const at_once = GENERATE(false, true);
    auto closed = fleet.start(at_once ? fleet.client.close(0s) : fleet.client.close());
    on(fleet.context, [] {}); // the client refuses new calls now
    if (!at_once)
        fleet.simulator.advance(1s);
    closed.get();
    auto const progress = ended.get();
    CHECK(progress.created == (at_once ? 0U : 3U));
    CHECK(progress.unknown == (at_once ? 3U : 0U));
    CHECK(progress.not_sent == 7);
    CHECK(fleet.by_sandbox.size() == 10);
}

TEST_CASE("progress is told while the run goes on", "[bulk]") {
    Fleet fleet(frozen(10));
    std::promise<BulkProgress> seen;
    bool told = false;
    auto options = window_of(3);
    options.progress_interval = 1ms;
    options.on_progress = [&](BulkProgress const& progress) {
        if (progress.in_flight == 3 && !std::exchange(told, true))
            seen.set_value(progress);
    };
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(run.execute(fleet.requests()));
    auto const progress = seen.get_future().get();
    CHECK(progress.window == 3);
    CHECK(progress.done() == 0);
    CHECK(progress.total == std::uint64_t{10});
    CHECK(progress.starts_per_second == 600);
    run.cut();
    ended.get();
}

TEST_CASE("options that cannot be are refused by name", "[bulk]") {
    Fleet fleet(unlimited(1));
    auto const refused = [&](auto change) {
        BulkOptions options;
        change(options);
        try {
            BulkRun const run(fleet.client, options);
        } catch (std::invalid_argument const& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    using Catch::Matchers::StartsWith;
    CHECK_THAT(refused([](BulkOptions& options) { options.max_in_flight = 0; }),
               StartsWith("BulkOptions::max_in_flight"));
    CHECK_THAT(refused([](BulkOptions& options) { options.initial_window = 0; }),
               StartsWith("BulkOptions::initial_window"));
    CHECK_THAT(refused([](BulkOptions& options) { options.max_starts_per_second = 0; }),
               StartsWith("BulkOptions::max_starts_per_second"));
    CHECK_THAT(refused([](BulkOptions& options) { options.busy_timeout = 0s; }),
               StartsWith("BulkOptions::busy_timeout"));
    CHECK_THAT(refused([](BulkOptions& options) { options.outage_timeout = -1s; }),
               StartsWith("BulkOptions::outage_timeout"));
    CHECK_THAT(refused([](BulkOptions& options) { options.progress_interval = 0s; }),
               StartsWith("BulkOptions::progress_interval"));
    CHECK_THAT(refused([](BulkOptions& options) { options.call.timeout = 0s; }),
               StartsWith("BulkOptions::call.timeout"));
}
