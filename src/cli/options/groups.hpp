#pragma once

#include "cli/options/grammar.hpp"
#include "cli/options/options.hpp"

#include <string>
#include <vector>

namespace e2b::cli {

// What several subcommands have in common.

[[nodiscard]] OptionGroup connection_group(SendOptions& options);
[[nodiscard]] OptionGroup output_group(SendOptions& options,
                                       char const* default_format = "text on a terminal, else json");
// How long, and how often.
[[nodiscard]] std::vector<Option> limits(SendOptions& options);
[[nodiscard]] std::vector<Option> selection(Selection& selection);
// `--filesystem-only`
[[nodiscard]] Option kind(SnapshotKind& target);
[[nodiscard]] Option settle(std::optional<std::chrono::nanoseconds>& target);

[[nodiscard]] std::vector<std::string> exit_codes(std::string const& success, std::string const& failure);

// The subcommands, whose values go to these.
[[nodiscard]] Command create_command(CreateOptions& options);
[[nodiscard]] Command bulk_command(BulkOptions& options);
[[nodiscard]] Command reconcile_command(ReconcileOptions& options);
[[nodiscard]] Command report_command(ReportOptions& options);
[[nodiscard]] Command list_command(ListOptions& options);
[[nodiscard]] Command delete_command(DeleteOptions& options);
[[nodiscard]] Command sandboxes_command(SandboxesOptions& options);
[[nodiscard]] Command demo_command(DemoOptions& options);
[[nodiscard]] Command simulate_command(SimulateOptions& options);

} // namespace e2b::cli
