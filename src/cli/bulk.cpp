#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/line_source.hpp"
#include "cli/send.hpp"

#include <iostream>
#include <utility>

namespace e2b::cli {

ExitCode run_command(BulkOptions const& options) {
    SendPlan plan;
    plan.config = client_settings(options.send, options.concurrency);
    plan.verbose = options.send.verbose;
    plan.run.concurrency = options.concurrency;
    plan.run.records = output_format(options.send);
    plan.run.progress = true;

    LineSource source(options.file);
    auto const warning =
        make_room_for_connections(std::min(plan.config.max_connections, options.concurrency));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    return send_all(std::move(plan), source);
}

} // namespace e2b::cli
