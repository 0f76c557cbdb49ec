#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace e2b::cli {

// How far a run is.
struct ProgressState {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t window = 0;              // how many may be at present; 0 where that is not known
    std::optional<double> source_progress; // as Source::progress
    std::chrono::nanoseconds elapsed{0};
};

// For example `412 done (41 %), 2 failed, 256 of 300 in flight, 512/s, ETA 1.20 s`.
std::string format_progress(ProgressState const& state);

} // namespace e2b::cli
