#pragma once

#include "cli/feed.hpp"
#include "cli/tally.hpp"

#include <e2b/observer.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace e2b::cli {

// How often a run's requests for a snapshot were sent, or would have been.
struct Attempts {
    std::uint64_t all = 0;
    std::uint64_t retries = 0; // of these
};

// The end of a run in words, several lines; the last says how many of how many were created.
std::string format_summary(Tally const& tally, Attempts const& attempts, ClientStats const& stats,
                           std::chrono::nanoseconds elapsed);
// Its first lines: outcomes, errors and latencies.
std::string format_outcome_summary(Tally const& tally);
// What a run left to others or to earlier runs, in a line; empty for nothing.
std::string format_left_out(Feed::Counts const& counts, std::uint64_t unanswered);

} // namespace e2b::cli
