#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/line_source.hpp"
#include "cli/reconciler.hpp"
#include "cli/same_file.hpp"
#include "cli/select_source.hpp"
#include "cli/selection.hpp"
#include "cli/send.hpp"
#include "cli/shard_choice.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

std::optional<Shard> choose_shard(BulkOptions const& options) {
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

SendPlan make_plan(BulkOptions const& options) {
    SendPlan plan;
    plan.run.max_in_flight = options.concurrency.value_or(plan.run.max_in_flight);
    plan.run.max_starts_per_second = options.rate.value_or(plan.run.max_starts_per_second);
    plan.run.stop_after_failures = options.max_failures;
    plan.shard = choose_shard(options);
    if (options.name_template)
        plan.names = NameTemplate(*options.name_template);
    if (options.journal)
        plan.journal = Journal::Options{*options.journal, options.resume, options.name_template.value_or(""),
                                        plan.shard};
    plan.retry_unknown = options.retry_unknown;
    if (options.reconcile)
        plan.reconcile_after = options.settle.value_or(default_settle_time);
    plan.records = output_format(options.send);
    plan.shows_progress = !options.quiet;
    plan.summary = options.quiet ? SendPlan::Summary::none : SendPlan::Summary::to_stderr;
    return plan;
}

std::vector<UsedFile> used_files(BulkOptions const& options) {
    std::vector<UsedFile> files{used_stdout(), used_stderr()};
    if (!options.select)
        files.push_back(used_list(options.file));
    if (options.journal)
        files.push_back({"--journal " + *options.journal, *options.journal, -1});
    return files;
}

} // namespace

ExitCode run_command(BulkOptions const& options) {
    auto plan = make_plan(options);
    auto config = client_settings(options.send, plan.run.max_in_flight);
    plan.call_timeout = config.timeout;
    // Read at once, so that a file that is not there is said before anything is done.
    std::optional<LineSource> lines;
    if (!options.select)
        lines.emplace(options.file, LineRules{options.allow_id_as_name});
    require_different(used_files(options));
    auto const warning = make_room_for_connections(std::min(config.max_connections, plan.run.max_in_flight));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    Session session(std::move(config), options.send.verbose);
    SelectSource selected(session.client(), query_of(options.selection));
    Source& source = lines ? static_cast<Source&>(*lines) : selected;
    return session.run([&](Session& running) {
        return options.dry_run ? show_plan(running, source, plan) : send_all(running, source, plan);
    });
}

} // namespace e2b::cli
