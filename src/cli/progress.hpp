#pragma once

#include "cli/tally.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace e2b::cli {

// How far a run is, besides what its tally says.
struct ProgressState {
    std::uint64_t in_flight = 0;
    std::uint64_t window = 0;              // how many may be at present; 0 where that is not known
    std::uint64_t held = 0;                // handed out by the source, and neither in flight nor done
    std::uint64_t waiting_for_node = 0;    // of these
    std::optional<double> rate;            // snapshots a second, of late; nothing: on average
    std::string outage;                    // in words; empty for none
    std::optional<double> source_progress; // as Source::progress
    std::chrono::nanoseconds elapsed{0};
};

// For example `41 %, 410 created, 2 rejected, 256 of 300 in flight, 12 wait for a busy node, 512/s, ETA
// 1.20 s`. Where that is longer than `columns`, what matters least is left out; the outcomes are the last.
std::string format_progress(Tally const& tally, ProgressState const& state,
                            std::size_t columns = std::string::npos);

} // namespace e2b::cli
