#pragma once

#include "cli/fleet/plan.hpp"
#include "cli/output/tally.hpp"

#include <e2b/observer.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace e2b::cli {

// The end of a run in words, several lines; the last says how many of how many were created.
std::string format_summary(Tally const& tally, FleetPlan::Counts const& counts, ClientStats const& stats,
                           std::chrono::nanoseconds elapsed);
// Its first lines: outcomes, errors and latencies.
std::string format_outcome_summary(Tally const& tally);
// What a run left to others or to earlier runs, in a line; empty for nothing.
std::string format_left_out(FleetPlan::Counts const& counts, std::uint64_t unanswered);
// The sandboxes that were listed more than once, in a line; empty for none.
std::string format_repeated(FleetPlan::Counts const& counts);

} // namespace e2b::cli
