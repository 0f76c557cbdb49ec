#include "cli/basics/same_file.hpp"
#include "cli/basics/values.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/dry_run.hpp"
#include "cli/fleet/fleet_run.hpp"
#include "cli/input/line_source.hpp"
#include "cli/input/select_source.hpp"
#include "cli/input/selection.hpp"
#include "cli/input/shard_choice.hpp"
#include "cli/session/client_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

std::optional<FleetShard> choose_shard(BulkOptions const& options) {
    if (options.shard)
        return options.shard;
    auto const scheduled = scheduled_shard([](char const* name) -> std::optional<std::string> {
        char const* const value = std::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    });
    if (!scheduled)
        return std::nullopt;
    // Nobody asked for it on the command line, so it must not pass in silence.
    std::cerr << "shard " << scheduled->shard.index << " of " << scheduled->shard.count << ", as "
              << scheduled->source << " says\n";
    return scheduled->shard;
}

FleetOptions fleet_options(BulkOptions const& options) {
    FleetOptions fleet;
    fleet.run.max_in_flight = options.concurrency.value_or(fleet.run.max_in_flight);
    fleet.run.max_starts_per_second = options.rate.value_or(fleet.run.max_starts_per_second);
    if (options.busy_timeout)
        fleet.run.busy_timeout = *options.busy_timeout;
    if (options.outage_timeout)
        fleet.run.outage_timeout = *options.outage_timeout;
    fleet.run.stop_after_failures = options.max_failures;
    fleet.rules.shard = choose_shard(options);
    if (options.name_template)
        fleet.rules.names = NameTemplate(*options.name_template);
    fleet.rules.each_once = options.unique;
    fleet.rules.retry_unknown = options.retry_unknown;
    fleet.rules.reconciles = options.reconcile;
    fleet.settle = options.settle;
    if (options.journal)
        fleet.journal = Journal::Options{*options.journal, options.resume, options.name_template.value_or(""),
                                         fleet.rules.shard, options.kind};
    fleet.shows_progress = !options.quiet;
    fleet.summary = options.quiet ? FleetOptions::Summary::none : FleetOptions::Summary::to_stderr;
    return fleet;
}

// On a terminal successes do not scroll by, unless they are asked for; failures are shown there in any case.
RecordOutput record_output(BulkOptions const& options, Console const& console) {
    RecordOutput output{output_format(options.send, console)};
    auto const& terminals = console.terminals();
    output.failures_only = terminals.out_is_terminal && !options.send.output && !options.dry_run;
    output.failures_to_err = terminals.err_is_terminal && !terminals.out_is_terminal && !options.quiet;
    return output;
}

std::vector<UsedFile> used_files(BulkOptions const& options) {
    std::vector<UsedFile> files{used_stdout(), used_stderr()};
    if (options.send.api_key_file)
        files.push_back({"--api-key-file " + *options.send.api_key_file, *options.send.api_key_file, -1});
    if (options.send.ca_file)
        files.push_back({"--ca-file " + *options.send.ca_file, *options.send.ca_file, -1});
    if (!options.select)
        files.push_back(used_list(options.file));
    if (options.report)
        files.push_back({"--report " + *options.report, *options.report, -1});
    if (options.journal)
        files.push_back({"--journal " + *options.journal, *options.journal, -1});
    return files;
}

// Who mistypes the journal's name would send everything again.
void tell_of_new_journal(BulkOptions const& options) {
    std::error_code failed;
    auto const size = options.resume ? std::filesystem::file_size(*options.journal, failed) : 1;
    if (failed || size == 0)
        std::cerr << "the journal " << *options.journal << " is new: nothing is resumed\n";
}

// How the run goes about it, for reports: nothing secret.
Settings settings_of(BulkOptions const& options, ClientConfig const& config, e2b::BulkOptions const& run) {
    Settings settings;
    auto const add = [&settings](std::string name, std::string value) {
        settings.emplace_back(std::move(name), std::move(value));
    };
    add("API", config.base_url);
    add("list", options.select ? "what the platform lists (--select)" : options.file);
    add("concurrency", (options.concurrency ? "" : "auto, at most ") + std::to_string(run.max_in_flight));
    add("requests a second", "at most " + format_rate(run.max_starts_per_second));
    add("attempts",
        "at most " + std::to_string(config.retry.max_attempts) + ", besides those that were refused as busy");
    add("timeout", format_duration(config.timeout));
    add("attempt timeout", format_duration(config.attempt_timeout));
    add("busy timeout", format_duration(run.busy_timeout));
    add("outage timeout", run.outage_timeout.count() == 0 ? "none" : format_duration(run.outage_timeout));
    if (options.max_failures > 0)
        add("failures", "stops after " + std::to_string(options.max_failures));
    if (options.name_template)
        add("name template", *options.name_template);
    if (options.kind == SnapshotKind::filesystem)
        add("kind", "of the filesystem alone");
    if (options.unique)
        add("repeated sandboxes", "once each");
    add("unknown ones", options.reconcile       ? "are found out (--reconcile)"
                        : options.retry_unknown ? "are sent again (--retry-unknown)"
                                                : "are left");
    return settings;
}

} // namespace

ExitCode run_command(BulkOptions const& options) {
    auto fleet = fleet_options(options);
    auto config = client_settings(options.send, fleet.run.max_in_flight);
    fleet.rules.call_timeout = config.timeout;
    // Opened at once, so that a file that is not there is said before anything is done.
    std::optional<LineSource> lines;
    if (!options.select)
        lines.emplace(options.file, LineRules{options.allow_id_as_name, options.kind});
    require_different(used_files(options));
    tell_of_new_journal(options);
    if (options.report && !options.dry_run)
        fleet.report = std::make_shared<ReportFile>("--report", *options.report);
    fleet.settings = settings_of(options, config, fleet.run);
    if (fleet.journal)
        fleet.journal->settings = fleet.settings;
    auto const warning = make_room_for_connections(std::min(config.max_connections, fleet.run.max_in_flight));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    Session session(std::move(config), options.send);
    fleet.records = record_output(options, session.console());
    SelectSource selected(session.client(), query_of(options.selection), options.kind);
    Source& source = lines ? static_cast<Source&>(*lines) : selected;
    return session.run([&](Session& running) {
        return options.dry_run ? show_plan(running, source, fleet) : send_all(running, source, fleet);
    });
}

} // namespace e2b::cli
