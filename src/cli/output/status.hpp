#pragma once

#include "cli/output/tally.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace e2b::cli {

// How far a run is, besides what its tally says.
struct RunState {
    std::uint64_t in_flight = 0;
    std::uint64_t window = 0;        // how many may be at present; 0 where that is not known
    std::uint64_t held = 0;          // taken from the list, and neither in flight nor done
    std::uint64_t waiting_busy = 0;  // of these, for a busy node
    std::uint64_t asked = 0;         // without an answer, which is being found out
    std::uint64_t refused = 0;       // tries, for want of room
    double rate = 0;                 // snapshots a second, of late; 0 while none are made
    std::string outage;              // why nothing gets through, in words; empty where something does
    std::optional<double> list_part; // of the list that was handed out, from 0 to 1
    std::chrono::nanoseconds elapsed{0};
};

// Which part of the whole is done, from 0 to 1; nothing where that is not known.
[[nodiscard]] std::optional<double> part_done(Tally const& tally, RunState const& state);

// The lines that stay at the bottom of a terminal: a bar, the outcomes, what is in flight, and how fast it
// goes. No line is longer than `columns`: what matters least is left out.
[[nodiscard]] std::vector<std::string> format_status(Tally const& tally, RunState const& state,
                                                     std::size_t columns, bool in_colour);

// The same in one line, for a log: `41 %, 410 created, 2 rejected, 256 of 300 in flight, 512/s, ETA 1.20 s`.
[[nodiscard]] std::string format_progress(Tally const& tally, RunState const& state);

} // namespace e2b::cli
