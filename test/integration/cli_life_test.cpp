// The subcommands around the life of a snapshot: list, delete, sandboxes, reconcile, and bulk's selection.
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <ctime>
#include <iomanip>
#include <memory>
#include <set>
#include <signal.h>
#include <sstream>
#include <thread>
#include <utility>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

SimulatorOptions fleet(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

// The strings of this name in lines of JSON objects.
std::multiset<std::string> all(std::vector<std::string> const& lines, char const* name) {
    std::multiset<std::string> result;
    for (auto const& line : lines)
        result.insert(text_at(parse_line(line), name));
    return result;
}

std::multiset<std::string> made_ids(Platform const& platform) {
    std::multiset<std::string> result;
    for (auto const& record : platform.simulator.snapshots())
        result.insert(record.snapshot_id);
    return result;
}

} // namespace

TEST_CASE("list prints every snapshot, over all pages", "[cli][list]") {
    Platform platform(fleet(230));
    CHECK(run_command({"bulk", "-", "--quiet"}, platform.environment(), platform.list()).exit_code == 0);
    auto const listed = run_command({"list"}, platform.environment());
    CHECK(listed.exit_code == 0);
    CHECK(listed.err.empty());
    CHECK(all(listed.lines, "snapshotID") == made_ids(platform));
    CHECK(run_command({"list", "--limit", "7"}, platform.environment()).lines.size() == 7);
    auto const id = platform.simulator.snapshots().front();
    auto const one = run_command({"list", "--sandbox", id.sandbox_id}, platform.environment());
    REQUIRE(one.lines.size() == 1);
    CHECK(text_at(parse_line(one.lines.front()), "snapshotID") == id.snapshot_id);
    auto const text =
        run_command({"list", "--sandbox", id.sandbox_id, "--output", "text"}, platform.environment());
    CHECK(text.out == id.snapshot_id + "\n");
}

TEST_CASE("create gives a name a tag of its own", "[cli][create]") {
    Platform platform(fleet(1));
    auto const sandbox = platform.simulator.sandbox_ids().front();
    std::vector<std::string> const command{"create", sandbox, "--name", "nightly", "--unique-tag"};
    std::set<std::string> ids;
    for (int i = 0; i != 2; ++i) {
        auto const finished = run_command(command, platform.environment());
        CHECK(finished.exit_code == 0);
        REQUIRE(finished.lines.size() == 1);
        auto const record = parse_line(finished.lines.front());
        CHECK(text_at(record, "snapshotID") == "team-sim/" + text_at(record, "name"));
        ids.insert(text_at(record, "snapshotID"));
    }
    CHECK(ids.size() == 2);
    auto const refused =
        run_command({"create", sandbox, "--name", "nightly:v1", "--unique-tag"}, platform.environment());
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--unique-tag: name: has a tag already") != std::string::npos);
}

TEST_CASE("list by name, and of nothing", "[cli][list]") {
    Platform platform(fleet(1));
    auto const sandbox = platform.simulator.sandbox_ids().front();
    run_command({"create", sandbox, "--name", "nightly:v1"}, platform.environment());
    CHECK(run_command({"list", "--name", "nightly:v1"}, platform.environment()).lines.size() == 1);
    auto const nothing = run_command({"list", "--name", "other"}, platform.environment());
    CHECK(nothing.exit_code == 0);
    CHECK(nothing.out.empty());
}

TEST_CASE("a list that cannot be had is exit code 1 and says why", "[cli][list]") {
    Platform platform(fleet(1));
    auto environment = platform.environment();
    environment["E2B_API_KEY"] = "e2b_wrong_secret";
    for (auto const* subcommand : {"list", "sandboxes"}) {
        auto const refused = run_command({subcommand}, environment);
        CHECK(refused.exit_code == 1);
        CHECK(refused.err.find("401") != std::string::npos);
        CHECK(refused.err.find("wrong_secret") == std::string::npos);
    }
    auto const selected = run_command({"bulk", "--select"}, environment);
    CHECK(selected.exit_code == 1);
    CHECK(selected.err.find("401") != std::string::npos);
}

TEST_CASE("delete says of each id what became of it", "[cli][delete]") {
    Platform platform(fleet(3));
    run_command({"bulk", "-", "--quiet"}, platform.environment(), platform.list());
    auto const made = platform.simulator.snapshots();
    auto const deleted = run_command(
        {"delete", "--yes", made[0].snapshot_id, "aaaaaaaaaaaaaaaaaaaa:default", made[1].snapshot_id},
        platform.environment());
    CHECK(deleted.exit_code == 1);
    REQUIRE(deleted.lines.size() == 3);
    CHECK(text_at(parse_line(deleted.lines[0]), "outcome") == "deleted");
    CHECK(text_at(parse_line(deleted.lines[1]), "outcome") == "not_found");
    CHECK(text_at(parse_line(deleted.lines[2]), "outcome") == "deleted");
    CHECK(all(run_command({"list"}, platform.environment()).lines, "snapshotID") ==
          std::multiset<std::string>{made[2].snapshot_id});
    CHECK(run_command({"delete", "--yes", made[2].snapshot_id}, platform.environment()).exit_code == 0);
}

TEST_CASE("delete tells a snapshot in use from one that is gone", "[cli][delete]") {
    Platform platform(fleet(1));
    run_command({"bulk", "-", "--quiet"}, platform.environment(), platform.list());
    auto const id = platform.simulator.snapshots().front().snapshot_id;
    platform.simulator.script(SimulatorEndpoint::delete_template, SimulatorFault::reject(400));
    auto const refused = run_command({"delete", "--yes", id}, platform.environment());
    CHECK(refused.exit_code == 1);
    CHECK(refused.out.find("\"outcome\":\"failed\"") != std::string::npos);
}

TEST_CASE("without a terminal, delete does not go on without --yes", "[cli][delete]") {
    Platform platform(fleet(1));
    run_command({"bulk", "-", "--quiet"}, platform.environment(), platform.list());
    auto const id = platform.simulator.snapshots().front().snapshot_id;
    auto const refused = run_command({"delete", id}, platform.environment(), "y\n");
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--yes") != std::string::npos);
    CHECK(platform.simulator.requests(SimulatorEndpoint::delete_template) == 0);
}

TEST_CASE("sandboxes are listed by state and metadata", "[cli][sandboxes]") {
    Platform platform(fleet(0));
    platform.simulator.add_sandbox("i0000000000000000gold", {{"tier", "gold"}, {"a b", "c&d"}});
    platform.simulator.add_sandbox("i00000000000000000tin");
    platform.simulator.add_sandbox("i000000000000000paused");
    platform.simulator.pause_sandbox("i000000000000000paused");
    auto const ids = [&](std::vector<std::string> more) {
        more.insert(more.begin(), "sandboxes");
        return all(run_command(more, platform.environment()).lines, "sandboxID");
    };
    CHECK(ids({}).size() == 3);
    CHECK(ids({"--state", "running"}).size() == 2);
    CHECK(ids({"--state", "running,paused"}).size() == 3);
    CHECK(ids({"--metadata", "tier=gold", "--metadata", "a b=c&d"}) ==
          std::multiset<std::string>{"i0000000000000000gold"});
    CHECK(ids({"--metadata", "tier=gold", "--metadata", "a b=x"}).empty());
    CHECK(ids({"--limit", "1"}).size() == 1);
    auto const text =
        run_command({"sandboxes", "--metadata", "tier=gold", "--output", "text"}, platform.environment());
    CHECK(text.out.find("i0000000000000000gold  running  ") == 0);
    CHECK(text.out.find("tier=gold") != std::string::npos);

    auto const selected =
        run_command({"bulk", "--select", "--metadata", "tier=gold", "--quiet"}, platform.environment());
    CHECK(selected.exit_code == 0);
    CHECK(all(selected.lines, "sandboxID") == std::multiset<std::string>{"i0000000000000000gold"});
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("bulk --select lists to the end before it starts", "[cli][bulk]") {
    auto options = fleet(250);
    options.latency = 20ms;
    Platform platform(options);
    auto const finished =
        run_command({"bulk", "--select", "--state", "running", "--quiet"}, platform.environment());
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 250);
    CHECK(platform.simulator.snapshots().size() == 250);
}

TEST_CASE("interrupted before anything was sent, bulk ends at once", "[cli][bulk]") {
    TemporaryFile journal;
    journal.remove();
    struct Case {
        SimulatorEndpoint hanging;
        std::vector<std::string> arguments;
        std::string told;
    };
    std::string const nothing = "interrupted: nothing further is sent, and nothing was under way\n";
    std::vector<Case> const cases{{SimulatorEndpoint::list_sandboxes, {"bulk", "--select"}, nothing},
                                  {SimulatorEndpoint::list_sandboxes,
                                   {"bulk", "--select", "--dry-run"},
                                   ""}, // which has nothing in flight
                                  {SimulatorEndpoint::list_snapshots,
                                   {"bulk", "-", "--reconcile", "--journal", journal.path()},
                                   nothing}};
    for (auto const& [hanging, arguments, told] : cases) {
        Platform platform(fleet(1));
        platform.simulator.disturb(1, SimulatorFault::stall(), hanging);
        Process process(arguments, platform.environment());
        process.write(platform.list());
        process.close_stdin();
        while (platform.simulator.requests(hanging) == 0)
            std::this_thread::yield();
        process.send_signal(SIGINT);
        CHECK(process.wait() == 130);
        CHECK(process.err().find(told) != std::string::npos);
        CHECK(all(process.out_lines(), "outcome").count("not_sent") == process.out_lines().size());
        CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 0);
    }
    REQUIRE_FALSE(journal.lines().empty());
    CHECK(journal.content().find(R"("event":"try")") == std::string::npos);
}

TEST_CASE("a dry run shows what would be sent and sends nothing", "[cli][bulk]") {
    Platform platform(fleet(3));
    TemporaryFile journal;
    journal.remove();
    auto const first = platform.simulator.sandbox_ids().front() + "\n";
    run_command({"bulk", "-", "--journal", journal.path()}, platform.environment(), first);
    auto const before = journal.content();
    auto const shown =
        run_command({"bulk", "-", "--journal", journal.path(), "--resume", "--dry-run", "--output", "text"},
                    platform.environment(), platform.list() + "{bad\n");
    CHECK(shown.exit_code == 1); // for the line that says nothing
    CHECK(shown.err.find("would send   2\n") != std::string::npos);
    CHECK(shown.err.find("1 created before") != std::string::npos);
    CHECK(shown.out.find(first) == std::string::npos);
    CHECK(shown.lines.size() == 3);
    CHECK(platform.simulator.snapshots().size() == 1);
    CHECK(journal.content() == before);

    auto const all_of_them = run_command(
        {"bulk", "--select", "--dry-run", "--name-template", "fleet:{sandbox}"}, platform.environment());
    CHECK(all_of_them.exit_code == 0);
    CHECK(all_of_them.lines.size() == 3);
    // What it shows is what bulk reads.
    auto const sent = run_command({"bulk", "-"}, platform.environment(), all_of_them.out);
    CHECK(sent.exit_code == 0);
    CHECK(platform.simulator.snapshots().size() == 4);
}

TEST_CASE("bulk reads the text of a dry run, and sends the same", "[cli][bulk]") {
    Platform platform(fleet(3));
    auto const ids = platform.simulator.sandbox_ids();
    auto const list = ids[0] + "\n" + ids[1] + " nightly:" + ids[1] + "\n" + ids[2] + ' ' + ids[0] + "\n";
    for (auto const& more : {std::vector<std::string>(), {"--filesystem-only"}}) {
        std::vector<std::string> arguments{"bulk", "-", "--allow-id-as-name"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const direct = run_command(arguments, platform.environment(), list);
        CHECK(direct.exit_code == 0);
        arguments.insert(arguments.end(), {"--dry-run", "--output", "text"});
        auto const shown = run_command(arguments, platform.environment(), list);
        INFO(shown.out);
        CHECK(shown.exit_code == 0);
        auto const read = run_command({"bulk", "-"}, platform.environment(), shown.out);
        CHECK(read.exit_code == 0);
        REQUIRE(read.lines.size() == 3);
        CHECK(all(read.lines, "sandboxID") == all(direct.lines, "sandboxID"));
        CHECK(all(read.lines, "name") == all(direct.lines, "name"));
        for (auto const& line : read.lines)
            CHECK(parse_line(line).contains("memory") == !more.empty());
    }
}

TEST_CASE("bulk --unique takes each sandbox once, and repeated ones are said", "[cli][bulk]") {
    Platform platform(fleet(3));
    auto const ids = platform.simulator.sandbox_ids();
    auto const list =
        ids[0] + '\n' + ids[1] + '\n' + ids[0] + '\n' + ids[0] + '\n' + ids[1] + '\n' + ids[2] + '\n';
    TemporaryFile const file(list);
    auto const run = [&](std::vector<std::string> const& more) {
        std::vector<std::string> arguments{"bulk", file.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const finished = run_command(arguments, platform.environment());
        INFO(finished.err);
        CHECK(finished.exit_code == 0);
        return finished;
    };
    for (std::vector<std::string> const& dry : {std::vector<std::string>{"--dry-run"}, {}}) {
        auto const each = run(dry);
        CHECK(each.lines.size() == 6);
        CHECK(each.err.find("2 sandboxes were listed more than once") != std::string::npos);
    }
    CHECK(platform.simulator.snapshots().size() == 6);
    CHECK(run({"--unique", "--dry-run"}).lines.size() == 3);
    auto const once = run({"--unique"});
    CHECK(once.lines.size() == 3);
    CHECK(all(once.lines, "sandboxID") == std::multiset<std::string>(ids.begin(), ids.end()));
    CHECK(platform.simulator.snapshots().size() == 9);
}

TEST_CASE("a dry run refuses what the run would refuse, in the same words", "[cli][bulk]") {
    Platform platform(fleet(1));
    auto const list = platform.list() + "../etc\n" + std::string(129, 'i') +
                      "\n{\"sandboxID\":\"iabc\",\"name\":\"a\\u0001b\"}\niabc " + std::string(256, 'n') +
                      "\n{}\n";
    auto const errors = [](std::vector<std::string> const& lines) {
        std::multiset<std::string> result;
        for (auto const& line : lines) {
            if (auto const record = parse_line(line); record.contains("error"))
                result.insert(boost::json::serialize(record.at("error")));
        }
        return result;
    };
    for (auto const& more :
         {std::vector<std::string>(), {"--name-template", "{sandbox}/" + std::string(250, 'x')}}) {
        std::vector<std::string> arguments{"bulk", "-"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const real = run_command(arguments, platform.environment(), list);
        arguments.emplace_back("--dry-run");
        auto const shown = run_command(arguments, platform.environment(), list);
        CHECK(shown.exit_code == real.exit_code);
        CHECK(errors(shown.lines).size() >= 5);
        CHECK(errors(shown.lines) == errors(real.lines));
        CHECK(shown.err.find("would refuse " + std::to_string(errors(real.lines).size()) + "\n") !=
              std::string::npos);
    }
}

TEST_CASE("a dry run asks for the options that the journal was made with", "[cli][bulk]") {
    Platform platform(fleet(1));
    TemporaryFile journal;
    journal.remove();
    std::vector<std::string> arguments{"bulk", "-", "--journal", journal.path(), "--shard", "0/1"};
    CHECK(run_command(arguments, platform.environment(), platform.list()).exit_code == 0);
    arguments = {"bulk", "-", "--journal", journal.path(), "--resume", "--shard", "0/1", "--dry-run"};
    CHECK(run_command(arguments, platform.environment(), platform.list()).exit_code == 0);
    for (auto const& other :
         {std::vector<std::string>{"--shard", "0/2"}, {"--shard", "0/1", "--name-template", "{sandbox}"}}) {
        arguments.resize(5);
        arguments.insert(arguments.end(), other.begin(), other.end());
        for (auto const* last : {"--quiet", "--dry-run"}) {
            auto changed = arguments;
            changed.emplace_back(last);
            auto const refused = run_command(changed, platform.environment(), platform.list());
            CHECK(refused.exit_code == 2);
            CHECK(refused.err.find("was made with") != std::string::npos);
        }
    }
}

TEST_CASE("reconcile finds out what records and journals leave unknown", "[cli][reconcile]") {
    Platform platform(fleet(2));
    TemporaryFile journal;
    journal.remove();
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
    platform.simulator.script(SimulatorEndpoint::create_snapshot,
                              SimulatorFault::close(SimulatorFault::Moment::before));
    auto const lost = run_command({"bulk", "-", "--journal", journal.path(), "--concurrency", "1"},
                                  platform.environment(), platform.list());
    CHECK(lost.exit_code == 1);
    CHECK(all(lost.lines, "outcome") == std::multiset<std::string>{"unknown", "unknown"});

    TemporaryFile const records(lost.out);
    auto const found = run_command({"reconcile", records.path(), "--settle", "0s"}, platform.environment());
    INFO(found.out);
    CHECK(found.lines.size() == 2);
    // Without a baseline a snapshot without a name can be disproved, not proved.
    CHECK(all(found.lines, "finding") == std::multiset<std::string>{"not_created", "unknown"});
    CHECK(found.exit_code == 1);
    auto const by_journal =
        run_command({"reconcile", "--journal", journal.path(), "--settle", "0s"}, platform.environment());
    CHECK(by_journal.lines.size() == 2);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 2);
}

TEST_CASE("a record says that its name is the request's own, so that reconcile can tell",
          "[cli][reconcile]") {
    Platform platform(fleet(1));
    auto const id = platform.simulator.sandbox_ids().front();
    auto const finding = [&](std::vector<std::string> const& command, std::string const& input = {}) {
        platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
        auto const lost = run_command(command, platform.environment(), input);
        INFO(lost.out);
        CHECK(lost.exit_code == 1);
        auto const found =
            run_command({"reconcile", "-", "--settle", "0s"}, platform.environment(), lost.out);
        INFO(found.out << found.err);
        REQUIRE(found.lines.size() == 1);
        return text_at(parse_line(found.lines.front()), "finding");
    };
    CHECK(finding({"create", id, "--name", "nightly", "--unique-tag"}) == "created");
    CHECK(finding({"bulk", "-", "--name-template", "{sandbox}-{run}"}, id + "\n") == "created");
    CHECK(finding({"bulk", "-", "--name-template", "fleet:{sandbox}-{run}"}, id + "\n") == "created");
    CHECK(finding({"create", id, "--name", "weekly"}) == "unknown");
    CHECK(finding({"create", id}) == "unknown");
    CHECK(platform.simulator.snapshots().size() == 5);
}

TEST_CASE("what the platform would not take is exit code 2, with the field", "[cli]") {
    Platform platform(fleet(1));
    auto const refusal = [&](std::vector<std::string> const& command, std::string const& input = {}) {
        auto const finished = run_command(command, platform.environment(), input);
        CHECK(finished.exit_code == 2);
        CHECK(finished.out.empty());
        return finished.err;
    };
    CHECK(refusal({"list", "--name", "a\tb"}).find("e2b-snapshot: --name: has a control character") == 0);
    CHECK(refusal({"list", "--sandbox", "a/b"}).find("e2b-snapshot: --sandbox: must be") == 0);
    CHECK(refusal({"reconcile", "-"}, R"({"sandboxID":"a/b","startedAt":"2024-11-24T05:03:12Z"})")
              .find("sandbox_id: must be") != std::string::npos);
    CHECK(platform.simulator.stats().requests == 0);
}

TEST_CASE("what reconcile cannot read is exit code 2, with the line and the field", "[cli][reconcile]") {
    Platform platform(fleet(1));
    auto const refusal = [&](std::string const& input) {
        auto const finished = run_command({"reconcile", "-"}, platform.environment(), input);
        CHECK(finished.exit_code == 2);
        return finished.err;
    };
    CHECK(refusal("\nnonsense\n").find("line 2") != std::string::npos);
    CHECK(refusal(R"({"startedAt":"2024-11-24T05:03:12Z"})").find("sandboxID") != std::string::npos);
    CHECK(refusal(R"({"sandboxID":"iabc","startedAt":"yesterday"})").find("startedAt") != std::string::npos);
    CHECK(refusal(R"({"sandboxID":"iabc","startedAt":"9999-11-24T05:03:12Z"})").find("startedAt") !=
          std::string::npos);
    CHECK(refusal(R"({"sandboxID":"iabc","startedAt":"2024-11-24T05:03:12Z","unique":"yes"})")
              .find("unique: must be alias, tag or none") != std::string::npos);
    CHECK(refusal("\n"
                  R"({"sandboxID":"iabc","startedAt":"2024-11-24T05:03:12Z","unique":"tag"})")
              .find("line 2: unique: must be none") != std::string::npos);
    CHECK(refusal("\n"
                  R"({"sandboxID":"iabc","startedAt":"2199-11-24T05:03:12Z"})")
              .find("line 2: startedAt: must be at most a day from now") != std::string::npos);
    CHECK(refusal("\n"
                  R"({"sandboxID":"a/b","startedAt":"2024-11-24T05:03:12Z"})")
              .find("line 2: sandbox_id: must be") != std::string::npos);
    auto const in_hours = [](int hours) {
        auto const moment = std::time(nullptr) + std::time_t{3600} * hours;
        std::ostringstream text;
        text << R"({"sandboxID":"iabc","startedAt":")" << std::put_time(std::gmtime(&moment), "%FT%TZ")
             << "\"}";
        return text.str();
    };
    CHECK(refusal(in_hours(25)).find("startedAt: must be at most a day from now") != std::string::npos);
    auto const nothing = run_command({"reconcile", "-"}, platform.environment(),
                                     R"({"sandboxID":"iabc","outcome":"created"})");
    CHECK(nothing.exit_code == 0);
    CHECK(nothing.out.empty());
    // The first moment that can be told.
    auto const oldest = run_command({"reconcile", "-", "--settle", "0s"}, platform.environment(),
                                    R"({"sandboxID":"iabc","startedAt":"1970-01-01T00:00:00Z"})");
    CHECK(oldest.lines.size() == 1);
    auto const directory = run_command({"reconcile", "/"}, platform.environment());
    CHECK(directory.exit_code == 2);
    CHECK(directory.err.find("cannot read /") != std::string::npos);
}

TEST_CASE("report merges the journals of shards", "[cli][report]") {
    Platform platform(fleet(40));
    std::vector<std::unique_ptr<TemporaryFile>> journals;
    std::vector<std::string> report{"report"};
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
    for (auto const* shard : {"0/2", "1/2"}) {
        auto& journal = *journals.emplace_back(std::make_unique<TemporaryFile>());
        journal.remove();
        report.push_back(journal.path());
        run_command({"bulk", "-", "--shard", shard, "--journal", journal.path()}, platform.environment(),
                    platform.list());
    }
    auto const summary = run_command(report);
    CHECK(summary.exit_code == 1);
    CHECK(summary.out.find("outcomes     39 created, 0 rejected, 0 not_sent, 1 unknown\n") == 0);
    auto only = report;
    only.insert(only.end(), {"--only", "created"});
    auto const created = run_command(only);
    CHECK(created.lines.size() == 39);
    for (auto const& id : all(created.lines, "snapshotID"))
        CHECK(made_ids(platform).contains(id));
    only.back() = "unknown";
    auto const unknown = run_command(only);
    REQUIRE(unknown.lines.size() == 1);
    CHECK(text_at(parse_line(unknown.lines.front()), "outcome") == "unknown");
    // Listed twice: one try was refused, and the other never ended.
    auto const listed_twice = [](char const* event) {
        return R"({"event":")" + std::string(event) + R"(","sandboxID":"iabc",)";
    };
    auto const tried = listed_twice("try") + R"("at":"2024-11-24T05:03:12Z"})" + '\n';
    TemporaryFile const twice(tried + tried + listed_twice("end") +
                              R"("outcome":"rejected","attempts":1,"error":{"code":"busy"}})" + '\n');
    auto const only_unknown = run_command({"report", twice.path(), "--only", "unknown"});
    CHECK(all(only_unknown.lines, "outcome") == std::multiset<std::string>{"unknown"});
    CHECK(run_command({"report", twice.path(), "--only", "rejected"}).lines.empty());
    auto const missing = run_command({"report", "/nonexistent.jsonl"});
    CHECK(missing.exit_code == 2);
    CHECK(missing.err.find("/nonexistent.jsonl") != std::string::npos);
}

TEST_CASE("the simulator can have a bad day", "[cli][simulate]") {
    Process simulator(
        {"simulate", "--sandboxes", "60", "--fault", "lose=0.5", "--fault", "busy=0.2", "--seed", "7"},
        {{"E2B_API_KEY", "e2b_secret"}});
    REQUIRE(simulator.wait_for_out("CA file: "));
    REQUIRE(simulator.wait_for_out(".pem\n"));
    auto const lines = simulator.out_lines();
    auto const url = lines[0].substr(lines[0].find("https"));
    auto const ca = lines[1].substr(lines[1].find('/'));
    Process::Environment const environment{
        {"E2B_API_KEY", "e2b_secret"}, {"E2B_API_URL", url}, {"SSL_CERT_FILE", ca}};
    auto const finished = run_command({"bulk", "--select", "--quiet"}, environment);
    CHECK(finished.lines.size() == 60);
    auto const outcomes = all(finished.lines, "outcome");
    CHECK(outcomes.count("unknown") > 0);
    CHECK(outcomes.count("created") > 0);
    simulator.send_signal(SIGINT);
    CHECK(simulator.wait() == 0);
    CHECK(simulator.err().find("requests met a fault") != std::string::npos);
}
