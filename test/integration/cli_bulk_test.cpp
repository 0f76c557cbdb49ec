#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <signal.h>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

std::map<std::string, int> outcomes(std::vector<std::string> const& lines) {
    std::map<std::string, int> result;
    for (auto const& line : lines)
        ++result[text_at(parse_line(line), "outcome")];
    return result;
}

} // namespace

TEST_CASE("bulk snapshots every sandbox of a file once", "[cli]") {
    SimulatorOptions options;
    options.sandboxes = 300;
    options.slots_per_node = 0;
    Platform platform(std::move(options));
    TemporaryFile const ids(platform.list());
    auto const finished = run_command({"bulk", ids.path(), "--concurrency", "20"}, platform.environment());
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    REQUIRE(finished.lines.size() == 300);
    std::set<std::string> recorded;
    for (auto const& line : finished.lines)
        recorded.insert(text_at(parse_line(line), "sandboxID"));
    CHECK(recorded.size() == 300);
    CHECK(outcomes(finished.lines)["created"] == 300);
    CHECK(platform.simulator.snapshots().size() == 300);
    CHECK(platform.simulator.stats().connections_accepted <= 20);
    CHECK(finished.err.find("300 of 300 created") != std::string::npos);
}

TEST_CASE("bulk starts a line before the next is written, and prints its record as it comes", "[cli]") {
    Platform platform;
    auto const ids = platform.simulator.sandbox_ids();
    Process process({"bulk", "-"}, platform.environment());
    process.write(ids[0] + "\n");
    REQUIRE(process.wait_for_out(ids[0]));
    process.write(ids[1] + " nightly\n");
    REQUIRE(process.wait_for_out("team-sim/nightly:default"));
    process.write("{\"sandboxID\": \"" + ids[2] + "\", \"name\": \"weekly\"}");
    process.close_stdin();
    CHECK(process.wait() == 0);
    CHECK(process.out().find("team-sim/weekly:default") != std::string::npos);
}

TEST_CASE("bulk loses no line: those that say nothing become records", "[cli]") {
    Platform platform;
    auto const good = platform.simulator.sandbox_ids().front();
    auto const finished = run_command({"bulk", "-"}, platform.environment(),
                                      "{\"name\": \"x\"}\n\n../etc\n" + good + " bad name\n" + good + "\n");
    CHECK(finished.exit_code == 1);
    REQUIRE(finished.lines.size() == 4);
    auto counts = outcomes(finished.lines);
    CHECK(counts["not_sent"] == 3);
    CHECK(counts["created"] == 1);
    for (auto const* expected : {R"("line":1,)", "sandboxID: missing", R"("line":3,)", R"("line":4,)"})
        CHECK(finished.out.find(expected) != std::string::npos);
}

TEST_CASE("bulk of nothing is a success", "[cli]") {
    Platform platform;
    auto const finished = run_command({"bulk", "-"}, platform.environment());
    CHECK(finished.exit_code == 0);
    CHECK(finished.out.empty());
    CHECK(finished.err.find("0 of 0 created") != std::string::npos);
}

TEST_CASE("bulk keeps as many in flight as the concurrency says, and no more", "[cli]") {
    Platform platform(frozen(10));
    Process process({"bulk", "-", "--concurrency", "3"}, platform.environment());
    process.write(platform.list());
    process.close_stdin();
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    for (std::size_t done = 3; done < 10; done += 3) {
        platform.simulator.advance(1s);
        REQUIRE(platform.simulator.wait_for_in_flight(std::min<std::size_t>(3, 10 - done)));
    }
    platform.simulator.advance(1s);
    CHECK(process.wait() == 0);
    CHECK(platform.simulator.stats().connections_accepted == 3);
}

TEST_CASE("more concurrency than connections waits for connections", "[cli]") {
    Platform platform(frozen(4));
    Process process({"bulk", "-", "--concurrency", "4", "--max-connections", "2"}, platform.environment());
    process.write(platform.list());
    process.close_stdin();
    REQUIRE(platform.simulator.wait_for_in_flight(2));
    platform.simulator.advance(1s);
    REQUIRE(platform.simulator.wait_for_in_flight(2));
    platform.simulator.advance(1s);
    CHECK(process.wait() == 0);
    CHECK(platform.simulator.stats().connections_accepted == 2);
}

TEST_CASE("interrupted once, bulk starts nothing more and waits for what is in flight", "[cli]") {
    for (int const signal : {SIGINT, SIGTERM}) {
        Platform platform(frozen(10));
        Process process({"bulk", "-", "--concurrency", "3"}, platform.environment());
        process.write(platform.list());
        REQUIRE(platform.simulator.wait_for_in_flight(3));
        process.send_signal(signal);
        REQUIRE(process.wait_for_err("waiting for 3 snapshots under way"));
        platform.simulator.advance(1s);
        CHECK(process.wait() == 130);
        CHECK(process.out_lines().size() == 3);
        CHECK(outcomes(process.out_lines())["created"] == 3);
        CHECK(process.err().find("3 of 3 created") != std::string::npos);
        CHECK(platform.simulator.requests(SimulatorEndpoint::create_snapshot) == 3);
    }
}

TEST_CASE("interrupted while it waits for input, bulk ends", "[cli]") {
    Platform platform;
    auto const id = platform.simulator.sandbox_ids().front();
    Process process({"bulk", "-"}, platform.environment());
    process.write(id + "\n");
    REQUIRE(process.wait_for_out(id));
    process.send_signal(SIGINT);
    CHECK(process.wait() == 130);
    CHECK(process.out_lines().size() == 1);
}

TEST_CASE("interrupted twice, bulk cuts what is in flight, and each still has its record", "[cli]") {
    Platform platform(frozen(10));
    Process process({"bulk", "-", "--concurrency", "3"}, platform.environment());
    process.write(platform.list());
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    process.send_signal(SIGINT);
    REQUIRE(process.wait_for_err("waiting for 3 snapshots under way"));
    auto const interrupted = std::chrono::steady_clock::now();
    process.send_signal_again(SIGINT);
    CHECK(process.wait() == 130);
    CHECK(std::chrono::steady_clock::now() - interrupted < std::chrono::seconds(20));
    REQUIRE(process.wait_for_err("hanging up on 3 snapshots"));
    REQUIRE(process.out_lines().size() == 3);
    for (auto const& line : process.out_lines()) {
        auto const record = parse_line(line);
        CHECK(text_at(record, "outcome") == "unknown");
        CHECK(text_at(error_in(record), "code") == "cancelled");
    }
}

TEST_CASE("signals that come together are one interrupt", "[cli]") {
    Platform platform(frozen(10));
    Process process({"bulk", "-", "--concurrency", "3"}, platform.environment());
    process.write(platform.list());
    REQUIRE(platform.simulator.wait_for_in_flight(3));
    process.send_signal(SIGTERM); // as timeout(1) does
    process.send_signal(SIGTERM);
    process.send_signal(SIGHUP);
    REQUIRE(process.wait_for_err("waiting for 3 snapshots under way"));
    process.send_signal(SIGTERM);
    platform.simulator.advance(1s);
    CHECK(process.wait() == 130);
    CHECK(process.err().find("again: hanging up") == std::string::npos);
    CHECK(outcomes(process.out_lines())["created"] == 3);
}

TEST_CASE("a reader of the results that goes away ends the run with an error", "[cli]") {
    Platform platform;
    auto const ids = platform.simulator.sandbox_ids();
    Process process({"bulk", "-"}, platform.environment());
    process.write(ids[0] + "\n");
    REQUIRE(process.wait_for_out(ids[0]));
    process.close_stdout();
    process.write(ids[1] + "\n");
    CHECK(process.wait() == 1);
    CHECK(process.err().find("cannot write the results") != std::string::npos);
    CHECK(process.err().find("1 record was not written, 1 of them of snapshots that exist or may exist: " +
                             ids[1] + '\n') != std::string::npos);
}

TEST_CASE("what stdout did not take of a run is told on stderr, unless a journal has it", "[cli]") {
    for (bool const has_journal : {false, true}) {
        Platform platform(frozen(30));
        TemporaryFile journal;
        journal.remove();
        std::vector<std::string> arguments{"bulk", "-"};
        if (has_journal)
            arguments.insert(arguments.end(), {"--journal", journal.path()});
        Process process(arguments, platform.environment());
        process.write(platform.list());
        REQUIRE(platform.simulator.wait_for_in_flight(16));
        process.close_stdout();
        platform.simulator.set_latency(std::chrono::nanoseconds(0)); // of what is started after these
        platform.simulator.advance(std::chrono::seconds(1));
        CHECK(process.wait() == 1);
        INFO(process.err());
        std::string const told = has_journal ? "; the journal tells what was sent\n"
                                             : " of them of snapshots that exist or may exist: ";
        CHECK(process.err().find(" records were not written") != std::string::npos);
        CHECK(process.err().find(told) != std::string::npos);
        auto const made = platform.simulator.snapshots();
        CHECK(made.size() >= 16);
        std::size_t named = 0;
        for (auto const& record : made)
            named += process.err().find(record.sandbox_id) != std::string::npos ? 1 : 0;
        CHECK(named == (has_journal ? 0 : std::min<std::size_t>(made.size(), 20)));
    }
}

TEST_CASE("a list that cannot be read is exit code 2 and names the file", "[cli]") {
    Platform platform;
    for (std::string const path : {"/nonexistent/ids", "/tmp", "/proc/self/mem"}) {
        auto const finished = run_command({"bulk", path}, platform.environment());
        CHECK(finished.exit_code == 2);
        CHECK(finished.err.find(path) != std::string::npos);
    }
}
