#include "cli/commands/commands.hpp"
#include "cli/commands/start_simulator.hpp"
#include "cli/fleet/fleet_run.hpp"
#include "cli/input/list_source.hpp"
#include "cli/session/client_settings.hpp"

#include <e2b/simulator.hpp>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

SimulatorOptions simulator_options(DemoOptions const& options) {
    SimulatorOptions result;
    result.sandboxes = options.sandboxes;
    result.slots_per_node = 0;
    result.latency = options.latency;
    return result;
}

ClientConfig client_config(DemoOptions const& options, Simulator const& simulator) {
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    apply_limits(options.send, options.concurrency, config);
    return config;
}

FleetOptions fleet_options(DemoOptions const& options) {
    FleetOptions fleet;
    fleet.run.max_in_flight = options.concurrency;
    // This platform takes whatever comes: nothing has to be found out, and no edge limits the rate.
    fleet.run.initial_window = options.concurrency;
    fleet.run.max_starts_per_second = 1e6;
    fleet.records.format = options.send.output;
    fleet.shows_progress = true;
    fleet.summary = options.send.output ? FleetOptions::Summary::to_stderr : FleetOptions::Summary::to_stdout;
    return fleet;
}

} // namespace

ExitCode run_command(DemoOptions const& options) {
    // Both ends of every connection are in this process.
    auto const warning = make_room_for_connections(2 * std::min(options.concurrency, options.sandboxes));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    auto const started = start_simulator(simulator_options(options));
    auto const& simulator = *started;
    std::cerr << options.sandboxes << " sandboxes in a simulator at " << simulator.url() << ", up to "
              << options.concurrency << " snapshots at a time\n";

    auto const fleet = fleet_options(options);
    auto const ids = simulator.sandbox_ids();
    ListSource source(std::vector<SnapshotRequest>(ids.begin(), ids.end()));
    Session session(client_config(options, simulator), options.send);
    return session.run([&](Session& running) { return send_all(running, source, fleet); });
}

} // namespace e2b::cli
