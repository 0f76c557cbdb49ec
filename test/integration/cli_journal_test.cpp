#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <signal.h>
#include <thread>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A journal's path, where there is no file yet.
class JournalFile {
public:
    JournalFile() { file_.remove(); }
    [[nodiscard]] std::string const& path() const { return file_.path(); }
    [[nodiscard]] std::vector<std::string> lines() const { return file_.lines(); }

private:
    TemporaryFile file_;
};

SimulatorOptions fleet(std::size_t sandboxes, std::chrono::nanoseconds latency = 0ms) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    options.latency = latency;
    return options;
}

// How often each sandbox was snapshotted, by the platform's own account.
std::map<std::string, int> made(Platform const& platform) {
    std::map<std::string, int> result;
    for (auto const& id : platform.simulator.sandbox_ids())
        result[id] = 0;
    for (auto const& record : platform.simulator.snapshots())
        ++result[record.sandbox_id];
    return result;
}

bool all_made_once(Platform const& platform) {
    auto const counts = made(platform);
    return std::all_of(counts.begin(), counts.end(), [](auto const& each) { return each.second == 1; });
}

} // namespace

TEST_CASE("a journal says what was sent before what became of it", "[cli][journal]") {
    Platform platform(fleet(3));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    auto const finished =
        run_command({"bulk", ids.path(), "--journal", journal.path()}, platform.environment());
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    std::map<std::string, std::string> events;
    for (auto const& line : journal.lines()) {
        auto const object = parse_line(line);
        events[text_at(object, "sandboxID")] += text_at(object, "event") + ' ';
    }
    CHECK(events.size() == 4);
    for (auto const& [id, said] : events)
        CHECK(
            (id.empty() ? said.starts_with("run ") : said == "try end ")); // and progress, on a slow machine
}

TEST_CASE("a journal that is there is not written without --resume", "[cli][journal]") {
    Platform platform(fleet(1));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    CHECK(run_command({"bulk", ids.path(), "--journal", journal.path()}, platform.environment()).exit_code ==
          0);
    auto const again = run_command({"bulk", ids.path(), "--journal", journal.path()}, platform.environment());
    CHECK(again.exit_code == 2);
    CHECK(again.err.find("--resume") != std::string::npos);
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("resumed, bulk sends nothing that was created", "[cli][journal]") {
    Platform platform(fleet(5));
    JournalFile const journal;
    auto const first = platform.simulator.sandbox_ids().front() + "\n";
    run_command({"bulk", "-", "--journal", journal.path()}, platform.environment(), first);
    auto const resumed = run_command({"bulk", "-", "--journal", journal.path(), "--resume"},
                                     platform.environment(), platform.list());
    CHECK(resumed.exit_code == 0);
    CHECK(resumed.lines.size() == 4);
    CHECK(resumed.err.find("1 created before") != std::string::npos);
    CHECK(all_made_once(platform));
}

TEST_CASE("to resume from a journal that is not there is said, as everything is sent", "[cli][journal]") {
    Platform platform(fleet(2));
    JournalFile const journal;
    std::vector<std::string> arguments{"bulk", "-", "--journal", journal.path(), "--resume"};
    auto const said = "the journal " + journal.path() + " is new: nothing is resumed\n";
    for (auto const* const last : {"--dry-run", "--quiet"}) {
        auto all = arguments;
        all.emplace_back(last);
        CHECK(run_command(all, platform.environment(), platform.list()).err.find(said) != std::string::npos);
    }
    CHECK(run_command(arguments, platform.environment(), platform.list()).err.find(said) ==
          std::string::npos);
    CHECK(platform.simulator.snapshots().size() == 2);
}

TEST_CASE("resumed, bulk leaves the unknown alone, unless told otherwise", "[cli][journal]") {
    Platform platform(fleet(1));
    JournalFile const journal;
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
    auto const run = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"bulk", "-", "--journal", journal.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_command(arguments, platform.environment(), platform.list());
    };
    CHECK(run({}).exit_code == 1);
    auto const resumed = run({"--resume"});
    CHECK(resumed.exit_code == 1);
    REQUIRE(resumed.lines.size() == 1);
    CHECK(text_at(parse_line(resumed.lines.front()), "outcome") == "unknown");
    CHECK(platform.simulator.snapshots().size() == 1);
    CHECK(run({"--resume", "--retry-unknown"}).exit_code == 0);
    CHECK(platform.simulator.snapshots().size() == 2);
}

TEST_CASE("however often a run is resumed, attempts are the tries that were made", "[cli][journal]") {
    Platform platform(fleet(1));
    JournalFile const journal;
    // What is found under a name that others may have used is no proof.
    auto const list = platform.simulator.sandbox_ids().front() + " nightly\n";
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
    std::string elapsed;
    for (int run = 1; run <= 4; ++run) {
        std::vector<std::string> arguments{"bulk",        "-",        "--journal", journal.path(),
                                           "--reconcile", "--settle", "0s"};
        if (run > 1)
            arguments.push_back("--resume");
        auto const finished = run_command(arguments, platform.environment(), list);
        INFO(finished.out);
        REQUIRE(finished.lines.size() == 1);
        auto const record = parse_line(finished.lines.front());
        CHECK(text_at(record, "outcome") == "unknown");
        CHECK(record.at("attempts") == 1);
        auto const took = boost::json::serialize(record.at("elapsedMs"));
        CHECK((run == 1 || took == elapsed));
        elapsed = took;
    }
    auto const reported = run_command({"report", journal.path(), "--only", "unknown"});
    REQUIRE(reported.lines.size() == 1);
    CHECK(parse_line(reported.lines.front()).at("attempts") == 1);
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("what failed for good is not sent again, and is not forgotten", "[cli][journal]") {
    Platform platform;
    JournalFile const journal;
    std::string const gone = "i0000000000000000000x\n";
    CHECK(run_command({"bulk", "-", "--journal", journal.path()}, platform.environment(), gone).exit_code ==
          1);
    auto const resumed =
        run_command({"bulk", "-", "--journal", journal.path(), "--resume"}, platform.environment(), gone);
    CHECK(resumed.exit_code == 1);
    CHECK(resumed.err.find("1 failed before") != std::string::npos);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 1);
}

TEST_CASE("killed at random moments and resumed, bulk makes each snapshot once", "[cli][journal]") {
    constexpr int kills = 20;
    Counter counter;
    auto options = fleet(700, 5ms);
    options.on_snapshot = [&counter](SimulatedSnapshot const&) { counter.add(); };
    options.in_place_checkpoint = true; // what is killed hangs up, and the sandboxes are to live on
    Platform platform(std::move(options));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    std::vector<std::string> arguments{"bulk",         ids.path(),    "--concurrency", "8", "--journal",
                                       journal.path(), "--reconcile", "--settle",      "1s"};
    std::mt19937 random(5); // the moments differ all the same, as the processes do
    for (int kill = 0; kill < kills; ++kill) {
        Process process(arguments, platform.environment());
        counter.wait_for_more(1 + random() % 15);
        process.send_signal(SIGKILL);
        CHECK(process.wait() == -1);
        if (kill == 0)
            arguments.emplace_back("--resume");
    }
    CHECK(platform.simulator.snapshots().size() < 700);
    auto const finished = run_command(arguments, platform.environment());
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    CHECK(all_made_once(platform));
}

TEST_CASE("a network that loses answers and --reconcile: each once, and none unknown", "[cli][reconcile]") {
    Platform platform(fleet(1000));
    platform.simulator.disturb(0.02, SimulatorFault::close());
    platform.simulator.disturb(0.02, SimulatorFault::cut());
    platform.simulator.disturb(0.02, SimulatorFault::reset(SimulatorFault::Moment::before));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    auto const finished =
        run_command({"bulk", ids.path(), "--journal", journal.path(), "--reconcile", "--settle", "500ms"},
                    platform.environment());
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 1000);
    CHECK(all_made_once(platform));
    std::map<std::string, std::string> ledger;
    for (auto const& record : platform.simulator.snapshots())
        ledger[record.sandbox_id] = record.snapshot_id;
    for (auto const& line : finished.lines) {
        auto const record = parse_line(line);
        CHECK(text_at(record, "snapshotID") == ledger[text_at(record, "sandboxID")]);
    }
}

TEST_CASE("what became of builds of an ordinary template is found out, and made once", "[cli][reconcile]") {
    Platform platform(fleet(20));
    platform.simulator.add_template("golden");
    platform.simulator.disturb(0.5, SimulatorFault::close());
    platform.simulator.disturb(0.2, SimulatorFault::close(SimulatorFault::Moment::before));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    std::vector<std::string> arguments{"bulk",         ids.path(),        "--journal",
                                       journal.path(), "--name-template", "golden:{sandbox}-{run}"};
    CHECK(run_command(arguments, platform.environment()).exit_code == 1);
    platform.simulator.clear_faults();
    arguments.insert(arguments.end(), {"--resume", "--reconcile", "--settle", "1ms"});
    auto const resumed = run_command(arguments, platform.environment());
    INFO(resumed.out << resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(all_made_once(platform));
    auto const listed = run_command({"list"}, platform.environment());
    CHECK(listed.lines.empty()); // which would have proved nothing
}

TEST_CASE("interrupted twice, bulk records what is known, and a resumed run knows it", "[cli][journal]") {
    Platform platform(fleet(3, 10min));
    TemporaryFile const ids(platform.list());
    JournalFile const journal;
    std::vector<std::string> arguments{"bulk", ids.path(), "--journal", journal.path()};
    Process process(arguments, platform.environment());
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    process.send_signal(SIGTERM);
    REQUIRE(process.wait_for_err("waiting for 3 snapshots under way"));
    process.send_signal_again(SIGTERM);
    CHECK(process.wait() == 130);
    CHECK(process.out_lines().size() == 3);
    arguments.push_back("--resume");
    auto const resumed = run_command(arguments, platform.environment());
    CHECK(resumed.exit_code == 1);
    REQUIRE(resumed.lines.size() == 3);
    for (auto const& line : resumed.lines)
        CHECK(text_at(parse_line(line), "outcome") == "unknown");
}

TEST_CASE("what reconciliation found undone to the end is sent when resumed", "[cli][reconcile]") {
    Platform platform(fleet(3));
    platform.simulator.disturb(1, SimulatorFault::close(SimulatorFault::Moment::before));
    JournalFile const journal;
    std::vector<std::string> arguments{"bulk",        "-",        "--journal", journal.path(),
                                       "--reconcile", "--settle", "100ms"};
    CHECK(run_command(arguments, platform.environment(), platform.list()).exit_code == 1);
    CHECK(platform.simulator.snapshots().empty());
    platform.simulator.clear_faults();
    arguments.emplace_back("--resume");
    CHECK(run_command(arguments, platform.environment(), platform.list()).exit_code == 0);
    CHECK(all_made_once(platform));
}

TEST_CASE("interrupted while it finds out, bulk leaves unknown what is, and sends nothing again",
          "[cli][reconcile]") {
    Platform platform(fleet(3));
    platform.simulator.script(SimulatorEndpoint::create_snapshot,
                              SimulatorFault::close(SimulatorFault::Moment::before));
    platform.simulator.script(SimulatorEndpoint::list_snapshots, SimulatorFault::stall(), 1);
    JournalFile const journal;
    Process process({"bulk", "-", "--journal", journal.path(), "--reconcile", "--settle", "1ms",
                     "--name-template", "{sandbox}-{run}:v1"},
                    platform.environment());
    process.write(platform.list());
    process.close_stdin();
    while (platform.simulator.requests(SimulatorEndpoint::list_snapshots) == 0 ||
           process.out_lines().size() < 2)
        std::this_thread::yield();
    process.send_signal(SIGINT);
    CHECK(process.wait() == 130);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 3);
    std::map<std::string, int> outcomes;
    for (auto const& line : process.out_lines())
        ++outcomes[text_at(parse_line(line), "outcome")];
    CHECK(outcomes == std::map<std::string, int>{{"created", 2}, {"unknown", 1}});
}

TEST_CASE("what did nothing is sent again while the list goes on", "[cli][reconcile]") {
    Platform platform(fleet(2));
    auto const ids = platform.simulator.sandbox_ids();
    platform.simulator.script(SimulatorEndpoint::create_snapshot,
                              SimulatorFault::close(SimulatorFault::Moment::before));
    Process process({"bulk", "-", "--reconcile", "--settle", "1ms"}, platform.environment());
    process.write(ids[0] + "\n");
    while (platform.simulator.requests(SimulatorEndpoint::list_snapshots) <
           2) // before, and what became of it
        std::this_thread::yield();
    process.write(ids[1] + "\n");
    REQUIRE(process.wait_for_out(ids[0]));
    process.close_stdin();
    CHECK(process.wait() == 0);
    CHECK(all_made_once(platform));
}

TEST_CASE("four shards cover a fleet exactly once", "[cli][shard]") {
    Platform platform(fleet(200));
    for (int index = 0; index < 4; ++index) {
        auto environment = platform.environment();
        std::vector<std::string> arguments{"bulk", "-"};
        if (index % 2 == 0) {
            arguments.insert(arguments.end(), {"--shard", std::to_string(index) + "/4"});
        } else {
            environment["JOB_COMPLETION_INDEX"] = std::to_string(index);
            environment["JOB_COMPLETIONS"] = "4";
        }
        CHECK(run_command(arguments, environment, platform.list()).exit_code == 0);
    }
    CHECK(all_made_once(platform));
}

TEST_CASE("failures are counted over all rounds of a run", "[cli][reconcile]") {
    Platform platform(fleet(3));
    platform.simulator.disturb(1, SimulatorFault::close(SimulatorFault::Moment::before));
    auto const finished = run_command({"bulk", "-", "--reconcile", "--settle", "1ms", "--max-failures", "5",
                                       "--concurrency", "1", "--name-template", "{sandbox}-{run}"},
                                      platform.environment(), platform.list());
    CHECK(finished.exit_code == 1);
    CHECK(finished.lines.size() == 3);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 5);
}

TEST_CASE("attempts are those of snapshots, and not of what is found out", "[cli][reconcile]") {
    Platform platform(fleet(3));
    platform.simulator.script(SimulatorEndpoint::create_snapshot,
                              SimulatorFault::close(SimulatorFault::Moment::before));
    auto const finished =
        run_command({"bulk", "-", "--reconcile", "--settle", "1ms"}, platform.environment(), platform.list());
    CHECK(finished.exit_code == 0);
    CHECK(platform.simulator.requests(SimulatorEndpoint::list_snapshots) > 0);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 4);
    CHECK(finished.err.find("attempts     4, of which 1 retry\n") != std::string::npos);
}

TEST_CASE("a name template names what has no name", "[cli][name]") {
    Platform platform(fleet(2));
    auto const ids = platform.simulator.sandbox_ids();
    auto const finished = run_command({"bulk", "-", "--name-template", "{sandbox}-nightly:v1"},
                                      platform.environment(), ids[0] + "\n" + ids[1] + " other\n");
    CHECK(finished.exit_code == 0);
    CHECK(finished.out.find("team-sim/" + ids[0] + "-nightly:v1") != std::string::npos);
    CHECK(finished.out.find("team-sim/other:default") != std::string::npos);
}

TEST_CASE("where all share a new name, the first makes it before the others are sent", "[cli][name]") {
    Platform platform(fleet(20, 20ms));
    auto const finished = run_command({"bulk", "-", "--name-template", "fleet:{sandbox}"},
                                      platform.environment(), platform.list());
    INFO(finished.out);
    CHECK(finished.exit_code == 0);
    CHECK(all_made_once(platform));
}

TEST_CASE("bulk stops at the failure that it was told to stop at", "[cli]") {
    Platform platform(fleet(1));
    std::string list;
    for (int each = 10; each < 60; ++each)
        list += "i00000000000000000" + std::to_string(each) + "x\n";
    TemporaryFile const ids(list);
    auto const finished =
        run_command({"bulk", ids.path(), "--fail-fast", "--concurrency", "1"}, platform.environment());
    CHECK(finished.exit_code == 1);
    CHECK(finished.lines.size() == 50);
    CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 1);
}

TEST_CASE("bulk --quiet says nothing but its records", "[cli]") {
    Platform platform(fleet(3));
    auto const finished = run_command({"bulk", "-", "--quiet"}, platform.environment(), platform.list());
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 3);
    CHECK(finished.err.empty());
}
