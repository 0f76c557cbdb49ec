#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/line_source.hpp"
#include "cli/send.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

namespace e2b::cli {

ExitCode run_command(BulkOptions const& options) {
    auto config = client_settings(options.send, options.concurrency);
    SendPlan plan;
    plan.run.max_in_flight = options.concurrency;
    plan.records = output_format(options.send);
    plan.shows_progress = true;

    LineSource source(options.file);
    auto const warning = make_room_for_connections(std::min(config.max_connections, options.concurrency));
    if (!warning.empty())
        std::cerr << "warning: " << warning << '\n';
    Session session(std::move(config), options.send.verbose);
    return session.run([&](Session& running) { return send_all(running, source, plan); });
}

} // namespace e2b::cli
