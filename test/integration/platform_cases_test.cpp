// What the platform promises of snapshots, asked of the simulator through the client.
#include "support/catch.hpp"

#include <e2b/pages.hpp>
#include <e2b/reconcile.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace e2b;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<std::string>;

SimulatorOptions options_of_tests() {
    SimulatorOptions options;
    options.sandboxes = 4;
    return options;
}

ClientConfig config_for(Simulator const& simulator) {
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    return config;
}

// The platform's double and a client of it, which a thread of its own runs until the test ends.
class Rig {
public:
    explicit Rig(SimulatorOptions const& options = options_of_tests())
        : platform(options),
          ids(platform.sandbox_ids()),
          client(context_.get_executor(), config_for(platform)),
          thread_([this] { context_.run(); }) {}
    Rig(Rig const&) = delete;
    Rig& operator=(Rig const&) = delete;
    ~Rig() {
        asio::co_spawn(context_, client.close(), asio::use_future).get();
        work_.reset();
        thread_.join();
    }

    template <class T>
    std::future<T> start(asio::awaitable<T> call) {
        return asio::co_spawn(context_, std::move(call), asio::use_future);
    }
    template <class T>
    T run(asio::awaitable<T> call) {
        return start(std::move(call)).get();
    }

    SnapshotInfo create(std::size_t sandbox, std::optional<std::string> name = {}) {
        return run(client.create_snapshot(SnapshotRequest(ids.at(sandbox), std::move(name))));
    }
    Ids list(SnapshotQuery const& query) {
        Ids result;
        for (auto const& snapshot : run(client.list_snapshots(query)).items)
            result.push_back(snapshot.snapshot_id);
        return result;
    }
    Ids named(std::string name) {
        SnapshotQuery query;
        query.name = std::move(name);
        return list(query);
    }
    Ids of_sandbox(std::size_t sandbox) {
        SnapshotQuery query;
        query.sandbox_id = ids.at(sandbox);
        return list(query);
    }

private:
    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};

public:
    Simulator platform;
    std::vector<std::string> ids;
    Client client;

private:
    std::thread thread_;
};

std::string raw_id(SnapshotInfo const& snapshot) {
    return snapshot.snapshot_id.substr(0, snapshot.snapshot_id.find(':'));
}

} // namespace

TEST_CASE("an unnamed snapshot has an id and no names") {
    Rig rig;
    auto const snapshot = rig.create(0);
    CHECK(snapshot.snapshot_id.ends_with(":default"));
    CHECK(raw_id(snapshot).size() == 20);
    CHECK(snapshot.names.empty());
    CHECK(rig.create(0).snapshot_id != snapshot.snapshot_id);
}

TEST_CASE("a named snapshot has its alias and a tag in the id, and a name without the tag") {
    Rig rig;
    CHECK(rig.create(0, "mine") == SnapshotInfo("team-sim/mine:default", {"team-sim/mine"}));
    CHECK(rig.create(0, "mine:v2") == SnapshotInfo("team-sim/mine:v2", {"team-sim/mine"}));
    CHECK(rig.create(0, "team-sim/other") == SnapshotInfo("team-sim/other:default", {"team-sim/other"}));
}

TEST_CASE("the same name again is the same snapshot") {
    Rig rig;
    auto const first = rig.create(0, "mine");
    CHECK(rig.create(0, "mine") == first);
    CHECK(rig.create(1, "MINE") == first);
    CHECK(rig.list({}) == Ids{"team-sim/mine:default"});
    CHECK(rig.platform.snapshots().size() == 3);
}

TEST_CASE("two tags of one alias belong to one template") {
    Rig rig;
    rig.create(0, "mine:v1");
    rig.create(0, "mine:v2");
    CHECK(rig.named("mine:v1") == Ids{"team-sim/mine:v1"});
    CHECK(rig.named("mine:v2") == Ids{"team-sim/mine:v2"});
    CHECK(rig.list({}).size() == 1);
    CHECK(rig.run(rig.client.delete_snapshot("team-sim/mine:v1")) == Deletion::deleted);
    CHECK(rig.named("mine:v2").empty());
}

TEST_CASE("an unknown sandbox is not found") {
    Rig rig;
    auto const result = rig.run(rig.client.try_create_snapshot("i0123456789abcdefghij"));
    REQUIRE_FALSE(result);
    CHECK(result.error().outcome == Outcome::rejected);
    CHECK(result.error().http_status == 404);
    CHECK(rig.run(rig.client.try_get_sandbox("i0123456789abcdefghij")).error() == Errc::not_found);
}

TEST_CASE("snapshots are listed, by sandbox, by name, by name and tag, by raw id") {
    Rig rig;
    auto const unnamed = rig.create(0);
    auto const named = rig.create(1, "mine");
    CHECK(rig.list({}) == Ids{named.snapshot_id, unnamed.snapshot_id});
    CHECK(rig.of_sandbox(0) == Ids{unnamed.snapshot_id});
    CHECK(rig.of_sandbox(1) == Ids{named.snapshot_id});
    CHECK(rig.of_sandbox(2).empty());
    CHECK(rig.named("mine") == Ids{named.snapshot_id});
    CHECK(rig.named("mine:default") == Ids{named.snapshot_id});
    CHECK(rig.named("team-sim/mine") == Ids{named.snapshot_id});
    CHECK(rig.named(raw_id(unnamed)) == Ids{unnamed.snapshot_id});
    CHECK(rig.named(unnamed.snapshot_id) == Ids{unnamed.snapshot_id});
}

TEST_CASE("a name or tag that nobody has lists nothing") {
    Rig rig;
    rig.create(0, "mine:v1");
    CHECK(rig.named("nobodys").empty());
    CHECK(rig.named("mine:v2").empty());
    CHECK(rig.named("mine:default").empty());
}

TEST_CASE("a name without a tag lists the newest build, whatever its tag") {
    Rig rig;
    rig.create(0, "mine:v1");
    rig.create(0, "mine:v2");
    CHECK(rig.named("mine") == Ids{"team-sim/mine:v2"});
}

TEST_CASE("pages of snapshots follow one another") {
    Rig rig;
    Ids all;
    for (int i = 0; i < 7; ++i)
        all.insert(all.begin(), rig.create(0).snapshot_id);
    SnapshotQuery query;
    query.limit = 3;
    query.sandbox_id = rig.ids[0];
    SnapshotPages pages(rig.client, query);
    Ids paged;
    std::vector<std::size_t> sizes;
    while (pages.has_next()) {
        auto const rows = rig.run(pages.next());
        sizes.push_back(rows.size());
        for (auto const& snapshot : rows)
            paged.push_back(snapshot.snapshot_id);
    }
    CHECK(paged == all);
    CHECK(sizes == std::vector<std::size_t>{3, 3, 1});
}

TEST_CASE("a snapshot is deleted by id or by name, and gone then") {
    Rig rig;
    auto const unnamed = rig.create(0);
    rig.create(0, "mine:v1");
    CHECK(rig.run(rig.client.delete_snapshot(unnamed.snapshot_id)) == Deletion::deleted);
    CHECK(rig.run(rig.client.delete_snapshot("mine")) == Deletion::deleted);
    CHECK(rig.list({}).empty());
    CHECK(rig.run(rig.client.delete_snapshot(unnamed.snapshot_id)) == Deletion::absent);
    CHECK(rig.run(rig.client.delete_snapshot("nobodys")) == Deletion::absent);
}

TEST_CASE("a snapshot that a paused sandbox needs is in use") {
    Rig rig;
    auto const snapshot = rig.create(0);
    auto const sandbox = rig.run(rig.client.create_sandbox(snapshot.snapshot_id));
    REQUIRE(rig.platform.pause_sandbox(sandbox.sandbox_id));
    auto const refused = rig.run(rig.client.try_delete_snapshot(snapshot.snapshot_id));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().http_status == 400);
    REQUIRE(rig.platform.kill_sandbox(sandbox.sandbox_id));
    CHECK(rig.run(rig.client.delete_snapshot(snapshot.snapshot_id)) == Deletion::deleted);
}

TEST_CASE("a sandbox is made from a snapshot, by its id or its name") {
    Rig rig;
    auto const unnamed = rig.create(0);
    rig.create(0, "mine");
    for (std::string const& from : {unnamed.snapshot_id, std::string("mine"), std::string("mine:default"),
                                    std::string("team-sim/mine")}) {
        auto const made = rig.run(rig.client.create_sandbox(from));
        auto const shown = rig.run(rig.client.get_sandbox(made.sandbox_id));
        CHECK(shown.template_id == made.template_id);
        CHECK(shown.state == "running");
        CHECK(rig.run(rig.client.create_snapshot(made.sandbox_id)).names.empty());
    }
    auto const refused = rig.run(rig.client.try_create_sandbox("mine:v2"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().http_status == 404);
}

TEST_CASE("during a snapshot a second one of the same sandbox is a conflict") {
    SimulatorOptions options = options_of_tests();
    options.manual_time = true;
    options.latency = 4s;
    Rig rig(options);
    auto first = rig.start(rig.client.try_create_snapshot(rig.ids[0]));
    REQUIRE(rig.platform.wait_for_in_flight(1));
    auto second = rig.start(rig.client.try_create_snapshot(rig.ids[0]));
    REQUIRE(rig.platform.wait_for_in_flight(2));

    // Meanwhile it is shown as running, and not listed.
    CHECK(rig.run(rig.client.get_sandbox(rig.ids[0])).state == "running");
    CHECK(rig.run(rig.client.list_sandboxes()).items.size() == 3);

    rig.platform.advance(4s);
    CHECK(first.get().has_value());
    auto const refused = second.get();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().outcome == Outcome::rejected);
    CHECK(refused.error().http_status == 409);
    CHECK(rig.run(rig.client.list_sandboxes()).items.size() == 4);
}

TEST_CASE("sandboxes are listed by metadata, state, template, start and order, by page") {
    SimulatorOptions options = options_of_tests();
    options.manual_time = true;
    Rig rig(options);
    rig.platform.advance(10s);
    std::vector<std::pair<std::string, std::string>> const metadata = {{"a b", "c&d=%"}, {"x", "1+2"}};
    std::string const marked = rig.platform.add_sandbox({}, metadata);
    rig.platform.pause_sandbox(rig.ids[1]);
    auto const find = [&rig](auto change) {
        SandboxQuery query;
        change(query);
        Ids result;
        for (auto const& sandbox : rig.run(rig.client.list_sandboxes(query)).items)
            result.push_back(sandbox.sandbox_id);
        return result;
    };
    CHECK(find([&](auto& query) { query.metadata = metadata; }) == Ids{marked});
    CHECK(find([&](auto& query) { query.metadata = {{"a b", "c&d=%"}}; }) == Ids{marked});
    CHECK(find([&](auto& query) { query.metadata = {{"a b", "c&d"}}; }).empty());
    CHECK(find([&](auto& query) { query.states = {"paused"}; }) == Ids{rig.ids[1]});
    CHECK(find([&](auto& query) { query.states = {"running", "paused"}; }).size() == 5);
    CHECK(find([&](auto& query) { query.template_id = "base"; }).size() == 5);
    CHECK(find([&](auto& query) { query.template_id = "nobodys"; }).empty());
    auto const ascending = find([](auto& query) { query.ascending = true; });
    auto descending = find([](auto&) {});
    CHECK(ascending.back() == marked);
    std::reverse(descending.begin(), descending.end());
    CHECK(descending == ascending);
    auto const started_at = rig.run(rig.client.get_sandbox(marked)).started_at;
    CHECK(find([&](auto& query) { query.started_after = started_at; }) == Ids{marked});

    SandboxQuery query;
    query.limit = 2;
    Ids paged;
    SandboxPages pages(rig.client, query);
    while (pages.has_next())
        for (auto const& sandbox : rig.run(pages.next()))
            paged.push_back(sandbox.sandbox_id);
    std::reverse(paged.begin(), paged.end());
    CHECK(paged == ascending);
}

TEST_CASE("whether a lost answer was a snapshot is found out by asking") {
    Rig rig;
    struct Row {
        SimulatorFault::Moment moment;
        Reconciliation::Finding finding;
    };
    for (Row const& row : {Row{SimulatorFault::Moment::after, Reconciliation::Finding::created},
                           Row{SimulatorFault::Moment::before, Reconciliation::Finding::not_created}}) {
        std::string const name = row.moment == SimulatorFault::Moment::after ? "made" : "not-made";
        rig.platform.script(rig.ids[0], SimulatorFault::close(row.moment));
        SnapshotRequest const request(rig.ids[0], name);
        auto const lost = rig.run(rig.client.try_create_snapshot(request));
        REQUIRE_FALSE(lost);
        CHECK(lost.error().outcome == Outcome::unknown);
        // As if the platform's own time had passed since.
        ReconcileRequest question(request, std::chrono::system_clock::now() - 91s);
        question.uniqueness = NameUniqueness::alias;
        auto const answer = rig.run(reconcile(rig.client, question));
        INFO(answer.reason);
        CHECK(answer.finding == row.finding);
        CHECK(answer.snapshot.has_value() == (row.moment == SimulatorFault::Moment::after));
        // What the platform alone says is not believed.
        CHECK(answer.sandbox == (row.moment == SimulatorFault::Moment::after
                                     ? Reconciliation::Sandbox::running
                                     : Reconciliation::Sandbox::said_to_run));
    }
    CHECK(rig.platform.snapshots().size() == 1);
}

TEST_CASE("a unique tag answers the same under an alias that exists already") {
    Rig rig;
    REQUIRE(rig.run(rig.client.try_create_snapshot(SnapshotRequest(rig.ids[1], "nightly"))));
    for (auto const moment : {SimulatorFault::Moment::after, SimulatorFault::Moment::before}) {
        rig.platform.script(rig.ids[0], SimulatorFault::close(moment));
        auto const request = with_unique_tag(SnapshotRequest(rig.ids[0], "nightly"));
        REQUIRE_FALSE(rig.run(rig.client.try_create_snapshot(request)));
        ReconcileRequest question(request, std::chrono::system_clock::now() - 91s);
        question.uniqueness = NameUniqueness::tag;
        auto const answer = rig.run(reconcile(rig.client, question));
        INFO(answer.reason);
        bool const was_made = moment == SimulatorFault::Moment::after;
        CHECK(answer.finding ==
              (was_made ? Reconciliation::Finding::created : Reconciliation::Finding::not_created));
    }
}
