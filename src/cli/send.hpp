#pragma once

#include "cli/options.hpp"
#include "cli/run.hpp"
#include "cli/source.hpp"

#include <e2b/config.hpp>

namespace e2b::cli {

// How a subcommand sends.
struct SendPlan {
    ClientConfig config;
    bool verbose = false;
    Run::Settings run;
    enum class Summary { none, to_stderr, to_stdout } summary = Summary::to_stderr;
};

// Runs an event loop until all that the source yields has been sent, or the user interrupts. Throws
// ConfigError where the client refuses its configuration.
ExitCode send_all(SendPlan plan, Source& source);

// What the user asked for, or what suits where stdout goes.
OutputFormat output_format(SendOptions const& options);

} // namespace e2b::cli
