// Runs that others end: Kubernetes with SIGTERM, a grace period and SIGKILL, and timeout(1).
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

bool each_made_once(Platform const& platform) {
    std::map<std::string, int> made;
    for (auto const& snapshot : platform.simulator.snapshots())
        ++made[snapshot.sandbox_id];
    return made.size() == platform.simulator.sandbox_ids().size() &&
           std::ranges::all_of(made, [](auto const& each) { return each.second == 1; });
}

// What a journal says of each sandbox at last.
std::map<std::string, std::string> reported(std::string const& journal) {
    std::map<std::string, std::string> outcomes;
    for (std::string const outcome : {"created", "rejected", "not_sent", "unknown"}) {
        for (auto const& line : run_command({"report", journal, "--only", outcome}).lines)
            outcomes[text_at(parse_line(line), "sandboxID")] = outcome;
    }
    return outcomes;
}

// As Kubernetes ends a pod: SIGTERM, a grace period, SIGKILL. Yields the exit code, -1 where it had to be
// killed.
int end_as_kubernetes(Process& process, std::chrono::milliseconds grace) {
    process.send_signal(SIGTERM);
    std::mutex mutex;
    std::condition_variable ended;
    bool has_ended = false;
    std::thread killer([&] {
        std::unique_lock lock(mutex);
        if (!ended.wait_for(lock, grace, [&] { return has_ended; }))
            process.send_signal(SIGKILL);
    });
    auto const code = process.wait();
    {
        std::lock_guard const lock(mutex);
        has_ended = true;
    }
    ended.notify_all();
    killer.join();
    return code;
}

} // namespace

TEST_CASE("Kubernetes ends a pod whose snapshots end within the grace period", "[cli][night]") {
    Counter counter;
    SimulatorOptions options;
    options.sandboxes = 300;
    options.slots_per_node = 0;
    options.latency = 100ms;
    options.on_snapshot = [&counter](SimulatedSnapshot const&) { counter.add(); };
    Platform platform(std::move(options));
    TemporaryDirectory const volume;
    volume.write("ids.txt", platform.list());
    std::vector<std::string> arguments{"bulk",      volume.file("ids.txt"),   "--concurrency", "20",
                                       "--journal", volume.file("run.jsonl"), "--resume",      "--reconcile"};
    Process pod(arguments, platform.environment());
    counter.wait_for(40);
    CHECK(end_as_kubernetes(pod, 30s) == 130);
    // What was sent was waited for: nothing is unknown, and no sandbox was hung up on.
    for (auto const& [sandbox, outcome] : reported(volume.file("run.jsonl"))) {
        bool const is_known = outcome == "created" || outcome == "not_sent";
        CHECK(is_known);
    }
    CHECK(platform.simulator.lost_sandboxes().empty());
    CHECK(platform.simulator.snapshots().size() < 300);

    auto const next = run_command(arguments, platform.environment());
    INFO(next.err);
    CHECK(next.exit_code == 0);
    CHECK(each_made_once(platform));
}

TEST_CASE("Kubernetes kills a pod whose snapshots outlast the grace period", "[cli][night]") {
    Counter counter;
    auto options = frozen(30);
    options.on_snapshot = [&counter](SimulatedSnapshot const&) { counter.add(); };
    options.in_place_checkpoint = true; // what is killed hangs up, and the sandboxes are to live on
    Platform platform(std::move(options));
    TemporaryDirectory const volume;
    volume.write("ids.txt", platform.list());
    std::vector<std::string> arguments{
        "bulk",     volume.file("ids.txt"), "--concurrency", "10", "--journal", volume.file("run.jsonl"),
        "--resume", "--reconcile",          "--settle",      "2s"};
    Process pod(arguments, platform.environment());
    REQUIRE(platform.simulator.wait_for_in_flight(10));
    platform.simulator.advance(1s);
    counter.wait_for(10);
    REQUIRE(platform.simulator.wait_for_in_flight(10));
    CHECK(end_as_kubernetes(pod, 500ms) == -1);
    auto const known = reported(volume.file("run.jsonl"));
    CHECK(std::ranges::count_if(known, [](auto const& each) { return each.second == "unknown"; }) == 10);

    platform.simulator.set_latency(0ns);
    auto const next = run_command(arguments, platform.environment());
    INFO(next.err);
    CHECK(next.exit_code == 0);
    CHECK(each_made_once(platform));
    for (auto const& [sandbox, outcome] : reported(volume.file("run.jsonl")))
        CHECK(outcome == "created");
}

TEST_CASE("timeout(1) ends a run each night, until all is done", "[cli][night]") {
    SimulatorOptions options;
    options.sandboxes = 200;
    options.slots_per_node = 0;
    options.latency = 50ms;
    options.latency_spread = 100ms;
    Platform platform(std::move(options));
    TemporaryDirectory const home;
    home.write("ids.txt", platform.list());
    auto environment = platform.environment();
    environment["HOME"] = home.path();
    auto const finished =
        run_shell("cd \"$HOME\"; nights=0\n"
                  // The nights grow longer, as a busy machine needs longer to begin.
                  "until timeout -k 20 $(((4 + nights) / 10)).$(((4 + nights) % 10)) \"$E2B\" bulk ids.txt "
                  "--concurrency 8 --journal run.jsonl --resume "
                  "--reconcile --quiet >> results.jsonl; do\n"
                  "    code=$?; [ $code = 124 ] || exit $code\n"
                  "    nights=$((nights + 1)); [ $nights -lt 40 ] || exit 99\n"
                  "done\n"
                  "echo $nights",
                  environment);
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    CHECK(finished.out != "0\n");
    CHECK(each_made_once(platform));
    CHECK(platform.simulator.lost_sandboxes().empty());
    // Each snapshot is in the results of some night.
    std::size_t created = 0;
    auto const results = home.read("results.jsonl");
    for (auto at = results.find("\"created\""); at != std::string::npos;
         at = results.find("\"created\"", at + 1))
        ++created;
    CHECK(created == 200);
}
