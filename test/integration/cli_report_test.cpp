#include "integration/cli_platform.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>

using namespace e2b;
using namespace e2b::test;

namespace {

SimulatorOptions fleet(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    options.latency = std::chrono::milliseconds(20);
    return options;
}

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("bulk writes a page of its run, with a journal or without", "[cli][report]") {
    for (bool const has_journal : {false, true}) {
        Platform platform(fleet(25));
        auto const id = platform.simulator.sandbox_ids().front();
        platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::reject(503));
        TemporaryDirectory const directory;
        directory.write("ids.txt", platform.list() + "i0000000000000000gone\nbad id here\n");
        std::vector<std::string> arguments{"bulk",     directory.file("ids.txt"),
                                           "--report", directory.file("run.html"),
                                           "--header", "X-Token: hidden-value"};
        if (has_journal)
            arguments.insert(arguments.end(), {"--journal", directory.file("run.jsonl")});
        auto const finished = run_command(arguments, platform.environment());
        INFO(finished.err);
        CHECK(finished.exit_code == 1);
        auto const page = directory.read("run.html");
        CAPTURE(has_journal);
        CHECK(contains(page, "Snapshots of 27 sandboxes"));
        CHECK(contains(page, "<b>25</b> <span class=\"name\">created"));
        CHECK(contains(page, "<b>1</b> <span class=\"name\">rejected"));
        CHECK(contains(page, "<b>1</b> <span class=\"name\">not_sent"));
        CHECK(contains(page, "1 refusal"));
        CHECK(contains(page, "not_found"));
        CHECK(contains(page, "How long a snapshot took"));
        CHECK(contains(page, "Over time"));
        CHECK(contains(page, platform.simulator.url()));
        CHECK_FALSE(contains(page, platform.simulator.api_key()));
        CHECK_FALSE(contains(page, "hidden-value"));
        CHECK_FALSE(contains(page, "<script"));
        if (!has_journal)
            continue;
        auto const report =
            run_command({"report", directory.file("run.jsonl"), "--html", directory.file("again.html")}, {});
        CHECK(report.exit_code == 1);
        CHECK(contains(directory.read("again.html"), "Snapshots of 26 sandboxes"));
        // An interrupted or resumed run tells of all.
        arguments.push_back("--resume");
        CHECK(run_command(arguments, platform.environment()).exit_code == 1);
        CHECK(contains(directory.read("run.html"), "<b>25</b> <span class=\"name\">created"));
    }
}

TEST_CASE("a journal that is given twice, or of which there is a copy, counts once", "[cli][report]") {
    Platform platform(fleet(4));
    TemporaryDirectory const directory;
    directory.write("ids.txt", platform.list());
    auto const journal = directory.file("run.jsonl");
    REQUIRE(run_command({"bulk", directory.file("ids.txt"), "--journal", journal}, platform.environment())
                .exit_code == 0);
    directory.write("copy.jsonl", directory.read("run.jsonl"));
    std::filesystem::create_symlink(journal, directory.file("link.jsonl"));
    auto const alone = run_command({"report", journal}, {});
    for (std::string const other : {"run.jsonl", "copy.jsonl", "link.jsonl"}) {
        auto const path = directory.file(other);
        auto const page = directory.file("page.html");
        auto const both = run_command({"report", journal, path, "--html", page}, {});
        CHECK(both.exit_code == 0);
        CHECK(both.out == alone.out);
        CHECK(contains(both.err, path + ": its first "));
        CHECK(contains(both.err, " lines are also those of a journal before it, and count once\n"));
        CHECK(contains(directory.read("page.html"), "Snapshots of 4 sandboxes"));
        CHECK(run_command({"report", journal, path, "--only", "created"}, {}).lines.size() == 4);
    }
    // What was indeed made twice is still said.
    auto const again = directory.file("again.jsonl");
    REQUIRE(run_command({"bulk", directory.file("ids.txt"), "--journal", again}, platform.environment())
                .exit_code == 0);
    CHECK(contains(run_command({"report", journal, again}, {}).out, "created more than once: 4"));
}

TEST_CASE("an id that the platform could not have is counted once, with a journal or without",
          "[cli][report]") {
    for (bool const has_journal : {false, true}) {
        Platform platform(fleet(1));
        TemporaryDirectory const directory;
        directory.write("ids.txt", "bad!id\n" + platform.list());
        std::vector<std::string> arguments{"bulk", directory.file("ids.txt"), "--report",
                                           directory.file("run.html")};
        if (has_journal)
            arguments.insert(arguments.end(), {"--journal", directory.file("run.jsonl")});
        for (int run = 1; run <= (has_journal ? 2 : 1); ++run) {
            CAPTURE(has_journal, run);
            CHECK(run_command(arguments, platform.environment()).exit_code == 1);
            auto const page = directory.read("run.html");
            CHECK(contains(page, "Snapshots of 2 sandboxes"));
            CHECK(contains(page, "<b>1</b> <span class=\"name\">created"));
            CHECK(contains(page, "<b>1</b> <span class=\"name\">not_sent"));
            arguments.push_back("--resume");
        }
    }
}

TEST_CASE("what a resumed run did not come to is counted once", "[cli][report]") {
    // The first run is refused for want of room; the second stops before it sends anything.
    Platform platform(fleet(3));
    TemporaryDirectory const directory;
    directory.write("ids.txt", platform.list());
    std::vector<std::string> arguments{
        "bulk",     directory.file("ids.txt"),  "--journal",      directory.file("run.jsonl"),
        "--report", directory.file("run.html"), "--busy-timeout", "1ms"};
    platform.simulator.disturb(1, SimulatorFault::reject(503));
    CHECK(run_command(arguments, platform.environment()).exit_code == 1);
    CHECK(contains(directory.read("run.html"), "Snapshots of 3 sandboxes"));
    arguments.insert(arguments.end(), {"--resume", "--outage-timeout", "1s"});
    auto environment = platform.environment();
    environment["E2B_API_URL"] = "https://127.0.0.1:1";
    CHECK(run_command(arguments, environment).exit_code == 1);
    CHECK(contains(directory.read("run.html"), "Snapshots of 3 sandboxes"));
}

TEST_CASE("where the page cannot be written, nothing is sent", "[cli][report]") {
    Platform platform(fleet(3));
    TemporaryDirectory const directory;
    directory.write("ids.txt", platform.list());
    auto const list = directory.file("ids.txt");
    for (std::string const& page : {directory.file("nowhere/run.html"), directory.path(), list}) {
        auto const finished = run_command({"bulk", list, "--report", page}, platform.environment());
        INFO(finished.err);
        CHECK(finished.exit_code == 2);
        CHECK(contains(finished.err, "--report " + page));
    }
    CHECK(platform.simulator.snapshots().empty());
    CHECK(directory.read("ids.txt") == platform.list());
}

TEST_CASE("a page that was there stays until there is a new one", "[cli][report]") {
    Platform platform(fleet(1));
    platform.simulator.set_latency(std::chrono::minutes(10));
    TemporaryDirectory const directory;
    directory.write("run.html", "yesterday's");
    Process process({"bulk", "-", "--report", directory.file("run.html")}, platform.environment());
    process.write(platform.list());
    REQUIRE(platform.simulator.wait_for_in_flight(1));
    CHECK(directory.read("run.html") == "yesterday's");
    process.send_signal(SIGINT);
    REQUIRE(process.wait_for_err("waiting for 1 snapshot"));
    process.send_signal_again(SIGINT);
    CHECK(process.wait() == 130);
    CHECK(contains(directory.read("run.html"), "<b>1</b> <span class=\"name\">unknown"));
}
