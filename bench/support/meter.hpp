#pragma once

#include "support/histogram.hpp"
#include "support/options.hpp"

#include <chrono>
#include <cstdint>

namespace bench {

using Clock = std::chrono::steady_clock;

// The time, the process's CPU time and its memory from the beginning of its life to `end`.
class Measurement {
public:
    Measurement() noexcept;

    void end() noexcept;
    [[nodiscard]] Clock::time_point began() const noexcept { return began_; }
    // Prints what was measured as one line of JSON. Returns the program's exit status.
    [[nodiscard]] int report(std::uint64_t requests, std::uint64_t errors, Histogram const& latencies) const;

private:
    Clock::time_point began_;
    Clock::duration took_{};
    std::chrono::nanoseconds cpu_;
    std::uint64_t resident_kb_ = 0;
};

// Counts the requests of one run: first those that warm up, then those that are measured, each from its start
// to its response. For one thread.
class Meter {
public:
    explicit Meter(Options const& options);

    // The measurement has not ended: another request is to be started.
    [[nodiscard]] bool running() const noexcept { return !over_; }

    // When the next request is to start: now, or at its own time where there is a rate.
    [[nodiscard]] Clock::time_point next_start() noexcept;

    // A request that was started at `start` has ended just now.
    void ended(Clock::time_point start, bool success) noexcept;

    // Prints what was measured as one line of JSON. Returns the program's exit status.
    [[nodiscard]] int report() const;

private:
    void begin() noexcept;

    std::uint64_t warmup_;
    std::uint64_t requests_;
    Clock::duration duration_;
    Clock::duration interval_; // between two starts; 0 without a rate
    Clock::time_point next_start_;

    bool measuring_ = false;
    bool over_ = false;
    std::uint64_t seen_ = 0;
    std::uint64_t measured_ = 0;
    std::uint64_t errors_ = 0;
    Measurement measurement_;
    Histogram latencies_;
};

} // namespace bench
