#pragma once

#include "cli/options/options.hpp"

namespace e2b::cli {

// The subcommands. They throw UsageError and ConfigError for what the user has to change.
ExitCode run_command(CreateOptions const& options);
ExitCode run_command(BulkOptions const& options);
ExitCode run_command(ListOptions const& options);
ExitCode run_command(DeleteOptions const& options);
ExitCode run_command(SandboxesOptions const& options);
ExitCode run_command(ReconcileOptions const& options);
ExitCode run_command(ReportOptions const& options);
ExitCode run_command(DemoOptions const& options);
ExitCode run_command(SimulateOptions const& options);

} // namespace e2b::cli
