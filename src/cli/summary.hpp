#pragma once

#include "cli/tally.hpp"

#include <e2b/observer.hpp>

#include <chrono>
#include <string>

namespace e2b::cli {

// The end of a run in words, several lines; the last says how many of how many were created.
std::string format_summary(Tally const& tally, ClientStats const& stats, std::chrono::nanoseconds elapsed);

} // namespace e2b::cli
