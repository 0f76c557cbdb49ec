// Nothing gets through: the API is away, or refuses everything.
#include "integration/bulk_rig.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

std::uint16_t closed_port() {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

std::vector<SnapshotRequest> a_thousand() {
    std::vector<SnapshotRequest> requests;
    for (int i = 0; i < 1000; ++i)
        requests.emplace_back("i" + std::to_string(10'000 + i));
    return requests;
}

// A client of a server on a port, over plain http, and a thread.
class Away {
public:
    explicit Away(std::uint16_t port) : client(context.get_executor(), config(port)) {
        thread_ = std::thread([this] { context.run(); });
    }
    Away(Away const&) = delete;
    Away& operator=(Away const&) = delete;
    ~Away() {
        asio::co_spawn(context, client.close(), asio::use_future).get();
        work_.reset();
        thread_.join();
    }

    asio::io_context context;
    Client client;

private:
    static ClientConfig config(std::uint16_t port) {
        ClientConfig made;
        made.base_url = "http://127.0.0.1:" + std::to_string(port);
        made.api_key = "e2b_key";
        return made;
    }

    asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

} // namespace

TEST_CASE("a run stops when the API could not be reached for too long", "[bulk][outage]") {
    Away away(closed_port());
    BulkOptions options;
    options.outage_timeout = 1s;
    options.progress_interval = 20ms;
    std::optional<BulkOutage> seen;
    options.on_progress = [&](BulkProgress const& progress) {
        if (progress.outage)
            seen = progress.outage;
    };
    BulkRun run(away.client, options);
    auto const begin = std::chrono::steady_clock::now();
    auto const results = asio::co_spawn(away.context, run.collect(a_thousand()), asio::use_future).get();
    auto const took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= 1s);
    CHECK(took < 5s);
    REQUIRE(results.size() == 1000);
    for (auto const& result : results) {
        CHECK(result.outcome() == Outcome::not_sent);
        CHECK(result.attempts() == 0);
        CHECK(result.error().detail ==
              "the run was stopped: API unreachable for 1 s: connect_failed (Connection refused)");
    }
    auto const progress = run.progress();
    CHECK(progress.stopped_by == Errc::connect_failed);
    CHECK(progress.stop_reason == "API unreachable for 1 s: connect_failed (Connection refused)");
    CHECK(progress.not_sent == 1000);
    REQUIRE(seen);
    CHECK(seen->error == Errc::connect_failed);
    CHECK(seen->detail == "Connection refused");
    CHECK(seen->lasted > 0s);
    CHECK(seen->to_string().find("API unreachable for ") == 0);
    CHECK(away.client.stats().dials_failed < 50);
}

TEST_CASE("a run waits for an API that comes back", "[bulk][outage]") {
    auto const port = closed_port();
    Away away(port);
    BulkOptions options;
    options.outage_timeout = 0s;
    // A try that waits for a connection does not use up the item's time.
    options.call.timeout = 50ms;
    BulkRun run(away.client, options);
    auto of_simulator = unlimited(100);
    of_simulator.port = port;
    of_simulator.plain_http = true;
    of_simulator.api_key = "e2b_key";
    std::vector<std::string> ids;
    {
        Simulator const first(of_simulator);
        ids = first.sandbox_ids();
    }
    auto ended = asio::co_spawn(away.context, run.collect({ids.begin(), ids.end()}), asio::use_future);
    BulkProgress away_still;
    while (!away_still.outage || away_still.outage->lasted < 300ms) {
        std::this_thread::sleep_for(10ms);
        away_still = run.progress();
    }
    CHECK_FALSE(away_still.eta);
    CHECK(away_still.snapshots_per_second == 0);
    Simulator const back(of_simulator);
    for (auto const& result : ended.get())
        CHECK(result.has_value());
    CHECK_FALSE(run.progress().outage);
}

TEST_CASE("a platform that refuses everything gets few requests", "[bulk][outage]") {
    auto fault = GENERATE(SimulatorFault::reject(503), SimulatorFault::reject(429));
    auto options = unlimited(1000);
    Fleet fleet(options);
    fleet.simulator.disturb(1, fault);
    BulkOptions bulk;
    bulk.outage_timeout = 3s;
    BulkRun run(fleet.client, telling(fleet.sink(), bulk));
    auto const progress = fleet.start(run.execute(fleet.requests())).get();
    auto const error = fault.status == 503 ? Errc::busy : Errc::rate_limited;
    CHECK(fleet.simulator.requests(SimulatorEndpoint::create_snapshot) < 150);
    CHECK(progress.stopped_by == error);
    CHECK(progress.stop_reason.find("nothing got through for 3 s: " + std::string(to_string(error))) == 0);
    CHECK(progress.done() == 1000);
    CHECK(progress.not_sent > 800);
    // What was tried ends as it was refused.
    CHECK(progress.rejected == 1000 - progress.not_sent);
}

TEST_CASE("a connection that cannot be opened for good stops the run at once", "[bulk][outage]") {
    Simulator const simulator(unlimited(1));
    auto config = config_for(simulator);
    config.tls.ca_pem.clear();
    asio::io_context context;
    Client client(context.get_executor(), config);
    BulkRun run(client);
    auto const work = [&]() -> asio::awaitable<std::vector<Result<SnapshotInfo>>> {
        auto all = run.collect(a_thousand());
        auto results = co_await std::move(all);
        co_await client.close();
        co_return results;
    };
    auto ended = asio::co_spawn(context, work(), asio::use_future);
    context.run();
    auto const results = ended.get();
    CHECK(results.size() == 1000);
    CHECK(run.progress().stopped_by == Errc::tls_verify);
    CHECK(run.progress().not_sent == 1000);
    CHECK(run.progress().elapsed < 10s);
    CHECK(std::ranges::any_of(results, [](auto const& result) {
        return result.error().detail == "the run was stopped: another item failed: tls_verify";
    }));
}

TEST_CASE("a busy node's sandboxes are given up after a while, and the others are made", "[bulk]") {
    auto options = unlimited(40);
    options.nodes = 4;
    Fleet fleet(options);
    auto const ids = fleet.simulator.sandbox_ids();
    for (std::size_t i = 0; i < ids.size(); i += 4)
        fleet.simulator.script(ids[i], SimulatorFault::reject(503), 1'000'000);
    BulkOptions bulk;
    bulk.busy_timeout = 300ms;
    bulk.call.retry.emplace();
    bulk.call.retry->base_backoff = 20ms;
    bulk.call.retry->max_backoff = 50ms;
    BulkRun run(fleet.client, telling(fleet.sink(), bulk));
    auto ended = fleet.start(run.execute(fleet.requests()));
    std::uint64_t most_waiting = 0;
    while (ended.wait_for(1ms) != std::future_status::ready)
        most_waiting = std::max(most_waiting, run.progress().waiting_for_node);
    auto const progress = ended.get();
    CHECK(most_waiting > 0);
    CHECK(most_waiting <= 10);
    CHECK(progress.created == 30);
    CHECK(progress.rejected == 10);
    for (auto const& result : fleet.results) {
        if (!result.result)
            CHECK(result.result.error().error == Errc::busy);
    }
    CHECK(progress.waiting_for_node == 0);
    CHECK(progress.refused > 10);
}

TEST_CASE("limits of any size are no trouble", "[bulk]") {
    Fleet fleet(unlimited(5));
    BulkOptions options;
    options.call.timeout = std::chrono::nanoseconds::max();
    options.call.attempt_timeout = std::chrono::nanoseconds::max();
    options.busy_timeout = std::chrono::nanoseconds::max();
    options.outage_timeout = std::chrono::nanoseconds::max();
    BulkRun run(fleet.client, telling(fleet.sink(), options));
    CHECK(fleet.start(run.execute(fleet.requests())).get().created == 5);
    options.max_starts_per_second = 1e-12;
    BulkRun slow(fleet.client, telling(fleet.sink(), options));
    auto ended = fleet.start(slow.execute(fleet.requests()));
    while (slow.progress().created == 0)
        std::this_thread::sleep_for(1ms);
    slow.drain();
    auto const progress = ended.get();
    CHECK(progress.created == 1);
    CHECK(progress.not_sent == 4);
}
