#pragma once

#include "support/histogram.hpp"
#include "support/options.hpp"

#include <chrono>
#include <cstdint>

namespace bench {

using Clock = std::chrono::steady_clock;

// Counts the requests of one run: first those that warm up, then those that are measured, each from its start
// to its answer. For one thread.
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
    void begin(Clock::time_point now) noexcept;
    void finish(Clock::time_point now) noexcept;

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
    Clock::time_point began_;
    Clock::duration took_{};
    std::chrono::nanoseconds cpu_began_{};
    std::chrono::nanoseconds cpu_{};
    std::uint64_t resident_kb_ = 0;
    Histogram latencies_;
};

} // namespace bench
