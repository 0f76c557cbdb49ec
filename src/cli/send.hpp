#pragma once

#include "cli/feed.hpp"
#include "cli/options.hpp"
#include "cli/session.hpp"
#include "cli/source.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace e2b::cli {

// How a subcommand sends.
struct SendPlan {
    e2b::BulkOptions run;
    Feed::Rules rules;
    std::optional<OutputFormat> records; // none are printed without
    bool shows_progress = false;
    enum class Summary { to_stderr, to_stdout } summary = Summary::to_stderr;
};

// Sends all that the source yields, until the user interrupts, and sums up. Throws what source and run throw.
boost::asio::awaitable<ExitCode> send_all(Session& session, Source& source, SendPlan plan);

} // namespace e2b::cli
