#pragma once

#include "cli/feed.hpp"
#include "cli/journal.hpp"
#include "cli/options.hpp"
#include "cli/session.hpp"
#include "cli/source.hpp"

#include <e2b/bulk.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>

namespace e2b::cli {

// How a subcommand sends.
struct SendPlan {
    e2b::BulkOptions run;
    std::optional<FleetShard> shard;
    std::optional<NameTemplate> names; // for items without a name of their own
    std::optional<Journal::Options> journal;
    bool retry_unknown = false;
    std::chrono::nanoseconds call_timeout{0}; // of the runs that are resumed, as of this one
    // What is not answered is found out; without, it remains unknown.
    bool reconciles = false;
    std::optional<std::chrono::nanoseconds> settle_time; // as in ReconcileRequest

    std::optional<OutputFormat> records; // none are printed without
    bool shows_progress = false;
    enum class Summary { none, to_stderr, to_stdout } summary = Summary::to_stderr;
};

// Sends all that the source yields, until the user interrupts, and sums up. Throws what source and run throw,
// and UsageError where the journal does not fit.
boost::asio::awaitable<ExitCode> send_all(Session& session, Source& source, SendPlan plan);

} // namespace e2b::cli
