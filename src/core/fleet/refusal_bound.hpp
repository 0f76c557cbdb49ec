#pragma once

#include "core/time.hpp"

#include <cstddef>

namespace e2b::core {

// A bound of the window by refusals that come at once, without a wait in a queue.
//
// They may have nothing to do with how much is in flight (a node that drains, an answer now and then), or all
// of it (nodes without a queue). So it is tried out, as PCC does (Dong et al., NSDI 2015): where more than
// one in ten is refused, a smaller window is tried, and kept if clearly less is refused of it. Otherwise the
// bound goes, and the next trial is put off.
class RefusalBound {
public:
    explicit RefusalBound(double most) noexcept : most_(most), bound_(most) {}

    [[nodiscard]] double get() const noexcept { return bound_; }
    // A call began; it is counted in `in_flight`.
    void started(std::size_t in_flight, TimePoint now) noexcept;
    // A call that began at `started_at` was refused at once.
    void refused(TimePoint started_at, std::size_t in_flight, TimePoint now) noexcept;
    // What was being tried is void.
    void forget_trial() noexcept { trying_ = false; }

private:
    void judge(std::size_t in_flight, TimePoint now) noexcept;
    void judge_trial(double share) noexcept;
    void try_less(double share, double in_flight) noexcept;

    double most_;
    double bound_;
    std::size_t starts_ = 0;
    std::size_t refusals_ = 0;
    TimePoint changed_at_{};
    bool trying_ = false;
    double share_before_ = 0; // the trial: what was refused
    unsigned rest_ = 0;       // so many judgements are passed over
    unsigned next_rest_ = first_rest;

    static constexpr unsigned first_rest = 4;
};

} // namespace e2b::core
