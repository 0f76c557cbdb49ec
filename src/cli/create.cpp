#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/list_source.hpp"
#include "cli/send.hpp"

#include <utility>
#include <vector>

namespace e2b::cli {

ExitCode run_command(CreateOptions const& options) {
    SendPlan plan;
    plan.config = client_settings(options.send, 1);
    plan.verbose = options.send.verbose;
    plan.run.records = output_format(options.send);
    plan.summary = SendPlan::Summary::none;

    std::vector<SnapshotRequest> requests;
    requests.emplace_back(options.sandbox_id, options.name);
    ListSource source(std::move(requests));
    return send_all(std::move(plan), source);
}

} // namespace e2b::cli
