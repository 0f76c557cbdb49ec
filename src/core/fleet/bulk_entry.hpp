#pragma once

#include "core/fleet/window.hpp"
#include "core/time.hpp"

#include <e2b/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace e2b::core {

// One item of a run, from when it was taken from the source until it was delivered.
struct BulkEntry {
    Window::Start start;      // of the running try
    std::uint64_t number = 0; // of the running try, among all of the run
    TimePoint began{};        // of the first try
    unsigned tries = 0;
    // The tries that failed otherwise than by a refusal, and how long they took.
    unsigned failures = 0;
    Duration spent{0};
    // The refusals in a row, and when the first of them came.
    unsigned refusals = 0;
    TimePoint refused_since{};
};

// What a try came to.
struct TryEnd {
    Outcome outcome = Outcome::unknown;
    Errc error{}; // none if created
    std::optional<Duration> retry_after;
    // No connection could be had, and the next try would not get one either.
    bool fatal_dial = false;
};

} // namespace e2b::core
