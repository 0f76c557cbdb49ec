#include "cli/basics/same_file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fleet/fleet_run.hpp"
#include "cli/input/line_source.hpp"
#include "cli/input/list_source.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/session.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

constexpr std::size_t at_a_time = 16;

bool reads_stdin(CreateOptions const& options) {
    return options.sandbox_ids.front() == "-";
}

FleetOptions fleet_options(CreateOptions const& options) {
    FleetOptions fleet;
    fleet.run.max_in_flight = at_a_time;
    // Somebody waits: neither a busy node nor an API that is away is waited for longer than for a response.
    std::chrono::nanoseconds const patience = options.send.timeout.value_or(ClientConfig().timeout);
    bool const repeats = options.send.max_attempts.value_or(2) > 1;
    fleet.run.busy_timeout = repeats ? patience : std::chrono::nanoseconds(1);
    fleet.run.outage_timeout = patience;
    // Somebody waits for a few snapshots: what fails for one says nothing of the others.
    fleet.run.stop_on_fatal = false;
    if (options.name)
        fleet.rules.names = NameTemplate(*options.name);
    fleet.rules.unique_tags = options.unique_tag;
    fleet.summary = FleetOptions::Summary::none;
    return fleet;
}

std::vector<SnapshotRequest> requests_of(CreateOptions const& options) {
    std::vector<SnapshotRequest> requests(options.sandbox_ids.begin(), options.sandbox_ids.end());
    for (auto& request : requests)
        request.memory = options.kind;
    return requests;
}

} // namespace

ExitCode run_command(CreateOptions const& options) {
    auto fleet = fleet_options(options);
    if (reads_stdin(options))
        require_different({used_stdout(), used_stderr(), used_list("-")});
    auto config = client_settings(options.send, at_a_time);
    std::optional<LineSource> lines;
    if (reads_stdin(options))
        lines.emplace("-", LineRules{false, options.kind, false});
    ListSource list(reads_stdin(options) ? std::vector<SnapshotRequest>() : requests_of(options));
    Source& source = lines ? static_cast<Source&>(*lines) : list;
    Session session(std::move(config), options.send);
    fleet.records.format = output_format(options.send, session.console());
    return session.run([&](Session& running) { return send_all(running, source, fleet); });
}

} // namespace e2b::cli
