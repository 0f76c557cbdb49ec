#pragma once

#include "cli/fleet/fleet_run.hpp"

#include <boost/asio/awaitable.hpp>

namespace e2b::cli {

// Prints what `send_all` would send first, in lines that `bulk` reads, and counts what it would leave out.
// Sends nothing, and does not touch the journal but to read it.
boost::asio::awaitable<ExitCode> show_plan(Session& session, Source& source, FleetOptions options);

} // namespace e2b::cli
