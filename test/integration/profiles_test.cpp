// The library against other servers that speak this API.
#include "integration/runner.hpp"
#include "support/catch.hpp"

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/pages.hpp>
#include <e2b/reconcile.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace std::chrono_literals;
using Profile = SimulatorOptions::Profile;

namespace {

constexpr Profile with_snapshots[] = {Profile::e2b, Profile::older, Profile::kruise, Profile::cube};

SimulatorOptions options_of(Profile profile, std::size_t sandboxes = 4) {
    SimulatorOptions options;
    options.profile = profile;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

class Rig {
public:
    explicit Rig(SimulatorOptions const& options)
        : platform(options),
          ids(platform.sandbox_ids()),
          client(runner.executor(), test::config_for(platform)) {}
    ~Rig() { run(client.close()); }
    Rig(Rig const&) = delete;
    Rig& operator=(Rig const&) = delete;

    template <class T>
    T run(asio::awaitable<T> call) {
        return runner.run(std::move(call));
    }

    std::vector<std::string> list(std::string const& sandbox = {}) {
        SnapshotQuery query;
        query.sandbox_id = sandbox;
        std::vector<std::string> found;
        for (auto const& row : run(client.list_snapshots(query)).items)
            found.push_back(row.snapshot_id);
        return found;
    }

    // The results of a run over all sandboxes.
    std::vector<BulkResult> bulk() {
        BulkOptions options;
        options.max_in_flight = 8;
        std::vector<BulkResult> results;
        options.on_result = [&](BulkResult result) { results.push_back(std::move(result)); };
        BulkRun run_of_all(client, options);
        run(run_of_all.execute(ids));
        return results;
    }

    test::Runner runner;
    Simulator platform;
    std::vector<std::string> ids;
    Client client;
};

bool has(std::vector<std::string> const& ids, std::string const& id) {
    return std::ranges::find(ids, id) != ids.end();
}

std::ptrdiff_t sent(std::vector<BulkResult> const& results) {
    return std::ranges::count_if(results, [](auto const& each) { return each.result.attempts() > 0; });
}

} // namespace

TEST_CASE("on every server a snapshot is made, listed, used and deleted", "[profiles]") {
    for (auto const profile : with_snapshots) {
        CAPTURE(static_cast<int>(profile));
        Rig rig(options_of(profile));
        auto const unnamed = rig.run(rig.client.create_snapshot(rig.ids[0])).snapshot_id;
        auto const named =
            rig.run(rig.client.create_snapshot(SnapshotRequest(rig.ids[1], "mine:v1"))).snapshot_id;
        CHECK(rig.platform.snapshots().size() == 2);
        auto const all = rig.list();
        CHECK(all.size() == 2);
        CHECK((has(all, unnamed) && has(all, named)));
        CHECK(rig.list(rig.ids[0]) == std::vector{unnamed});
        auto const made = rig.run(rig.client.create_sandbox(unnamed));
        CHECK(rig.run(rig.client.get_sandbox(made.sandbox_id)).state == "running");
        CHECK_FALSE(rig.run(rig.client.list_sandboxes()).items.empty());
        CHECK(rig.run(rig.client.delete_snapshot(named)) == Deletion::deleted);
        CHECK(rig.list() == std::vector{unnamed});
        CHECK(rig.run(rig.client.delete_snapshot(named)) ==
              (profile == Profile::kruise ? Deletion::deleted : Deletion::absent));
    }
}

TEST_CASE("on every server a fleet is snapshotted once", "[profiles]") {
    for (auto const profile : with_snapshots) {
        CAPTURE(static_cast<int>(profile));
        Rig rig(options_of(profile, 50));
        auto const results = rig.bulk();
        CHECK(results.size() == 50);
        CHECK(std::ranges::all_of(results, [](auto const& each) { return each.result.has_value(); }));
        CHECK(rig.platform.snapshots().size() == 50);
    }
}

TEST_CASE("a run stops where there are no snapshots to be had", "[profiles]") {
    for (auto const profile : {Profile::none, Profile::e2b, Profile::older, Profile::kruise, Profile::cube}) {
        CAPTURE(static_cast<int>(profile));
        Rig rig(options_of(profile, 200));
        if (profile != Profile::none) {
            auto config = test::config_for(rig.platform);
            config.base_url = "https://127.0.0.1:" + std::to_string(rig.platform.port()) + "/other/prefix";
            auto right = std::exchange(rig.client, Client(rig.runner.executor(), std::move(config)));
            rig.run(right.close());
        }
        auto const one = rig.run(rig.client.try_create_snapshot(rig.ids[0]));
        REQUIRE_FALSE(one);
        CHECK(one.error().error == Errc::no_such_endpoint);
        CHECK(one.outcome() == Outcome::rejected);
        auto const results = rig.bulk();
        CHECK(results.size() == 200);
        CHECK(sent(results) <= 8);
        CHECK(rig.platform.snapshots().empty());
    }
}

TEST_CASE("on every server a lost answer of an unnamed request is found out", "[profiles][reconcile]") {
    for (auto const profile : with_snapshots) {
        for (auto const moment : {SimulatorFault::Moment::before, SimulatorFault::Moment::after}) {
            CAPTURE(static_cast<int>(profile), static_cast<int>(moment));
            Rig rig(options_of(profile));
            rig.run(rig.client.create_snapshot(rig.ids[0]));
            auto const before = rig.list(rig.ids[0]);
            rig.platform.script(rig.ids[0], SimulatorFault::close(moment));
            CHECK(rig.run(rig.client.try_create_snapshot(rig.ids[0])).outcome() == Outcome::unknown);
            ReconcileRequest question(rig.ids[0], std::chrono::system_clock::now());
            question.settle_time = 0ms;
            question.baseline = before;
            auto const answer = rig.run(reconcile(rig.client, question));
            CHECK(answer.finding == (moment == SimulatorFault::Moment::after
                                         ? Reconciliation::Finding::created
                                         : Reconciliation::Finding::not_created));
        }
    }
}

TEST_CASE("what a server gives up after its own time limit is unknown, and made all the same",
          "[profiles][reconcile]") {
    auto options = options_of(Profile::cube);
    options.manual_time = true;
    options.latency = 245s;
    Rig rig(options);
    auto call = rig.runner.start(rig.client.try_create_snapshot(rig.ids[0]));
    REQUIRE(rig.platform.wait_for_in_flight(1));
    rig.platform.advance(240s);
    auto const result = call.get();
    REQUIRE_FALSE(result);
    CHECK(result.outcome() == Outcome::unknown);
    CHECK(result.error().http_status == 408);
    ReconcileRequest question(rig.ids[0], std::chrono::system_clock::now());
    question.settle_time = 0ms;
    question.baseline.emplace();
    CHECK(rig.run(reconcile(rig.client, question)).finding == Reconciliation::Finding::unknown);
    rig.platform.advance(5s);
    CHECK(rig.run(reconcile(rig.client, question)).finding == Reconciliation::Finding::created);
}

TEST_CASE("a busy server's Retry-After is waited for", "[profiles]") {
    auto options = options_of(Profile::cube, 2);
    options.nodes = 1;
    options.slots_per_node = 1;
    options.queue_timeout = 0s;
    options.latency = 300ms;
    Rig rig(options);
    auto first = rig.runner.start(rig.client.try_create_snapshot(rig.ids[0]));
    REQUIRE(rig.platform.wait_for_in_flight(1));
    auto const second = rig.run(rig.client.try_create_snapshot(rig.ids[1]));
    CHECK(first.get().has_value());
    CHECK(second.has_value());
    CHECK(second.attempts() == 2);
    CHECK(second.elapsed() >= 1s);
}
