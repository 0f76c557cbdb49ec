#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <cstdint>

namespace e2b::core {

struct LimiterLimits {
    // The most that may be in flight. At least 1.
    std::size_t ceiling = 1'000;
    // What it begins with. At least 1.
    std::size_t initial = 16;
};

// How many calls may be in flight on a platform whose capacity nobody knows.
//
// It takes the platform for a pipe, as BBR does (Cardwell et al., "BBR: Congestion-Based Congestion Control",
// ACM Queue 2016): what a pipe carries without a queue is its rate times its latency. All is counted in
// rounds of one window's worth of successes.
//
//   startup   the window doubles in each round in which the rate grew by a fifth. After three rounds in which
//             it did not, the window settles at twice what the pipe holds: the queue that makes up the other
//             half keeps every node busy although the calls fall on them unevenly.
//   steady    the window stands.
//   probing   now and then it is half as large again for some rounds, and stays so if that paid.
//
// Refusals bound it, as losses bound BBRv2: where more than one call in fifty of a window is refused, the
// bound is cut to 0.7 of the window, once for all that were in flight together. It grows back, fast at first
// and slowly where the platform had refused before.
//
// What this cannot know: nodes. From outside one overloaded node and a platform that is slow as a whole look
// alike, so it is the sum that is steered; nor can a queue of its own be told from somebody else's. Latencies
// are used once, to settle, and never to shrink: snapshots differ too much in size for that.
class Limiter {
public:
    // What a call has to hand back when it ends.
    struct Start {
        TimePoint at{};
        std::uint64_t successes = 0;
    };

    Limiter(LimiterLimits limits, TimePoint now) noexcept;

    [[nodiscard]] std::size_t window() const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] bool may_start() const noexcept { return in_flight_ < window(); }
    // Successes a second in the last round; 0 before.
    [[nodiscard]] double rate() const noexcept { return rate_; }

    [[nodiscard]] Start started(TimePoint now) noexcept;
    // A call ended, in one of three ways.
    void succeeded(Start start, TimePoint now) noexcept;
    void refused(Start start, TimePoint now) noexcept; // the platform had no room for it
    void ended(TimePoint now) noexcept;                // in a way that tells nothing of room

private:
    enum class Mode : unsigned char { startup, steady, probing };

    // What was seen since the round began. Latencies and areas are in seconds.
    struct Round {
        TimePoint began{};
        double area = 0; // calls in flight, integrated over time
        std::size_t successes = 0;
        double latencies = 0;        // of the successes, summed up
        std::uint64_t meanwhile = 0; // successes during each success's own life, summed up
        std::size_t refusals = 0;
        bool was_full = false; // as much was in flight as the window allows
    };

    void count_time(TimePoint now) noexcept;
    [[nodiscard]] bool round_is_over(TimePoint now) const noexcept;
    void end_round(TimePoint now) noexcept;
    void start_up() noexcept;
    void settle() noexcept;
    void hold() noexcept;
    void probe() noexcept;
    void cut(double window, TimePoint now) noexcept;
    void grow_back() noexcept;

    LimiterLimits limits_;
    std::size_t in_flight_ = 0;
    std::uint64_t successes_ = 0;
    TimePoint counted_until_;
    Round round_;

    Mode mode_ = Mode::startup;
    double wanted_;        // the window, but for the bound
    double rate_ = 0;      // successes a second in the last round
    double best_rate_ = 0; // what a round's rate is compared with
    unsigned rounds_ = 0;  // in this mode; in startup, those in a row without growth
    double settled_ = 0;   // `wanted_` before a probe
    // Of the rounds of startup in which the rate kept pace with the window.
    double free_area_ = 0;
    double free_successes_ = 0;

    double bound_; // by refusals
    double cut_from_;
    TimePoint cut_at_;
    bool grew_since_cut_ = true;
};

} // namespace e2b::core
