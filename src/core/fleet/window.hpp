#pragma once

#include "core/fleet/queue_wait.hpp"
#include "core/fleet/refusal_bound.hpp"
#include "core/time.hpp"

#include <cstddef>
#include <cstdint>

namespace e2b::core {

struct WindowLimits {
    // The most that may be in flight. At least 1.
    std::size_t ceiling = 1'000;
    // What it begins with. At least 1.
    std::size_t initial = 16;
};

// How many calls may be in flight on a platform whose capacity nobody knows.
//
// Little's law carries it: what is in flight is the rate at which calls get through, times the time that each
// of them takes. The rate is measured; the time is chosen (`target`). So the window is rate * target, as the
// window of BBR is bandwidth * round trip * gain (Cardwell et al., "BBR: Congestion-Based Congestion
// Control", ACM Queue 2016). While the platform has room the rate grows with the window, and each round
// multiplies it; where the platform is full the rate stands, and so does the window; where it gets slower the
// window follows.
//
//   target   four times what a snapshot takes that waits for nobody: what waits keeps every node busy
//            although the calls fall on them unevenly. At most two thirds of the time after which the
//            platform refuses what waits, if that is seen (as Breakwater, OSDI 2020, aims below the delay at
//            which a server drops).
//   service  what a snapshot takes that waits for nobody: measured in the first round, and again whenever
//            the rate followed a window that had changed much. Then nobody waited.
//   round    one window's worth of successes, in which rate, load and latencies are measured.
//
// It is judged by what gets through, not by refusals. It shrinks where half of those that got through took
// longer than the target: fewer in flight would get as much through. Where only a few did, some nodes are
// busy and others are not. Two kinds of refusals tell of it:
// - a call that waited as long as the platform lets one wait: what got through meanwhile is what fits, and
//   the window shrinks to two thirds of that;
// - many that were refused at once: see RefusalBound.
//
// Items that were refused before go through it as well, but only so many at a time (`again_size`): their
// nodes are busy, and a window's worth of them would keep nobody else busy. Their share is the same product,
// with the rate at which *they* get through.
class Window {
public:
    // What a call has to hand back when it ends.
    struct Start {
        TimePoint at{};
        std::uint64_t successes = 0;
        bool again = false; // of an item that was refused before
    };

    Window(WindowLimits limits, TimePoint now) noexcept;

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::size_t again_size() const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] std::size_t again_in_flight() const noexcept { return again_in_flight_; }
    [[nodiscard]] bool may_start() const noexcept { return in_flight_ < size(); }
    [[nodiscard]] bool may_start_again() const noexcept {
        return may_start() && again_in_flight_ < again_size();
    }
    // Successes a second in the last round, and those of items that were refused before; 0 before.
    [[nodiscard]] double rate() const noexcept { return rate_; }
    [[nodiscard]] double again_rate() const noexcept { return again_rate_; }

    [[nodiscard]] Start started(bool again, TimePoint now) noexcept;
    // A call ended, in one of three ways.
    void succeeded(Start start, TimePoint now) noexcept;
    void refused(Start start, TimePoint now) noexcept; // the platform had no room for it
    void ended(Start start, TimePoint now) noexcept;   // in a way that tells nothing of room
    // Begins anew after an outage.
    void restart(TimePoint now) noexcept;

private:
    // What was seen since the round began. Latencies and areas are in seconds.
    struct Round {
        TimePoint began{};
        double area = 0; // calls in flight, integrated over time
        std::size_t successes = 0;
        std::size_t again = 0; // of the successes, those of items that were refused before
        std::size_t late = 0;  // of the successes, those that took longer than the target
        double latencies = 0;  // of the successes, summed up

        [[nodiscard]] bool is_late() const noexcept { return 2 * late > successes; }
        [[nodiscard]] double latency() const noexcept { return latencies / static_cast<double>(successes); }
    };
    // A round that later ones are compared with. No load: none.
    struct Mark {
        double load = 0;
        double rate = 0;
        unsigned age = 0; // in rounds
    };

    [[nodiscard]] double target() const noexcept;
    void begin_round(TimePoint now) noexcept;
    void count_time(TimePoint now) noexcept;
    [[nodiscard]] bool round_is_over(TimePoint now) const noexcept;
    void end_round(TimePoint now) noexcept;
    void learn_service(double load) noexcept;
    void follow_rate(double load) noexcept;
    [[nodiscard]] double wanted(double load) const noexcept;
    void follow_again_rate(double rate) noexcept;
    void cut(double size, double rate, TimePoint now) noexcept;

    WindowLimits limits_;
    std::size_t in_flight_ = 0;
    std::size_t again_in_flight_ = 0;
    std::uint64_t successes_ = 0;
    TimePoint counted_until_;
    Round round_;

    double size_;
    double rate_ = 0;
    bool was_followed_ = false; // the rate of a first round

    double service_ = 0;  // 0: not known yet
    double quickest_ = 0; // the least latency of a success; 0: none yet
    Mark mark_;

    QueueWait queue_wait_;
    TimePoint cut_at_;
    RefusalBound bound_;

    double again_rate_ = 0;
    double again_best_ = 0; // of late
    double again_gain_ = 1;
};

} // namespace e2b::core
