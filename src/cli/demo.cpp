#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/list_source.hpp"
#include "cli/send.hpp"

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

SendPlan make_plan(DemoOptions const& options, Simulator const& simulator) {
    SendPlan plan;
    plan.config.base_url = simulator.url();
    plan.config.api_key = simulator.api_key();
    plan.config.tls.ca_pem = simulator.ca_pem();
    apply_limits(options.send, options.concurrency, plan.config);
    plan.verbose = options.send.verbose;
    plan.run.concurrency = options.concurrency;
    plan.run.records = options.send.output;
    plan.run.progress = true;
    plan.summary = options.send.output ? SendPlan::Summary::to_stderr : SendPlan::Summary::to_stdout;
    return plan;
}

} // namespace

ExitCode run_command(DemoOptions const& options) {
    // Both ends of every connection are in this process.
    auto const warning = make_room_for_connections(2 * std::min(options.concurrency, options.sandboxes));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    Simulator const simulator(simulator_options(options));
    std::cerr << options.sandboxes << " sandboxes in a simulator at " << simulator.url() << ", up to "
              << options.concurrency << " snapshots at a time\n";

    auto plan = make_plan(options, simulator);
    auto const ids = simulator.sandbox_ids();
    ListSource source(std::vector<SnapshotRequest>(ids.begin(), ids.end()));
    return send_all(std::move(plan), source);
}

} // namespace e2b::cli
