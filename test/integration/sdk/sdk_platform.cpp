// Runs a script of the official JavaScript SDK against the simulator: sdk_platform NODE SCRIPT
//
// The script asks for the bad days that it wants in its sandboxes' order; what the platform then has in its
// books is checked here.
#include <e2b/simulator.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

namespace {

e2b::SimulatorOptions platform_options() {
    e2b::SimulatorOptions options;
    options.sandboxes = 6;
    options.manual_time = true;
    return options;
}

bool check(bool holds, char const* what) {
    if (!holds)
        std::cerr << "does not hold: " << what << '\n';
    return holds;
}

// What the platform saw of the script; its sandboxes are the script's, in order.
bool books_are_right(e2b::Simulator const& platform, std::string const& limited, std::string const& busy) {
    auto const stats = platform.stats();
    bool right =
        check(platform.requests(limited) == 2, "429 with Retry-After was followed by one more request");
    right = check(platform.requests(busy) == 1, "503 was not followed by another request") && right;
    right =
        check(platform.requests(e2b::SimulatorEndpoint::other) == 0, "every request found its endpoint") &&
        right;
    right = check(stats.handshakes > 0 && stats.handshakes_failed == 0, "every handshake succeeded") && right;
    right = check(stats.snapshots >= 8, "snapshots were made") && right;
    return right;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: sdk_platform NODE SCRIPT\n";
        return 2;
    }
    e2b::Simulator platform(platform_options());
    auto const ids = platform.sandbox_ids();
    std::string list;
    for (auto const& id : ids)
        list += (list.empty() ? "" : ",") + id;
    auto const ca_file = std::filesystem::current_path() / "ca.pem";
    std::ofstream(ca_file) << platform.ca_pem();

    e2b::SimulatorFault too_fast = e2b::SimulatorFault::reject(429);
    too_fast.retry_after = std::chrono::seconds(1);
    platform.script(ids[4], too_fast);
    platform.script(ids[5], e2b::SimulatorFault::reject(503));
    platform.set_latency(ids[3], std::chrono::seconds(4));
    std::jthread const clock([&platform] {
        if (platform.wait_for_in_flight(2, std::chrono::minutes(1)))
            platform.advance(std::chrono::seconds(4));
    });

    ::setenv("E2B_API_URL", platform.url().c_str(), 1);
    ::setenv("E2B_API_KEY", platform.api_key().c_str(), 1);
    ::setenv("NODE_EXTRA_CA_CERTS", ca_file.c_str(), 1);
    ::setenv("SANDBOX_IDS", list.c_str(), 1);
    ::unsetenv("E2B_DEBUG");
    std::string const command = "exec '" + std::string(argv[1]) + "' '" + argv[2] + "'";
    if (int const status = std::system(command.c_str()); status != 0) {
        std::cerr << "the script failed: " << status << '\n';
        return 1;
    }
    return books_are_right(platform, ids[4], ids[5]) ? 0 : 1;
}
