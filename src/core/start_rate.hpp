#pragma once

#include "core/time.hpp"

#include <chrono>
#include <optional>

namespace e2b::core {

// How fast calls may start: a token bucket that holds one second's worth, and that gives way where the
// platform limits the rate (429). It then takes nine tenths of what was let through since it last did so, as
// that is what the platform was seen to allow, waits as long as the platform says, and grows back by a
// fiftieth a second.
class StartRate {
public:
    // `most`: starts a second; more than 0.
    StartRate(double most, TimePoint now) noexcept;

    // When the next call may start; that may be in the past.
    [[nodiscard]] TimePoint next_at() const noexcept;
    [[nodiscard]] bool permits(TimePoint now) const noexcept { return next_at() <= now; }
    // Starts a second.
    [[nodiscard]] double rate() const noexcept { return rate_; }

    // Precondition: permits(now).
    void started(TimePoint now) noexcept;
    void succeeded() noexcept { ++successes_; }
    // The platform answered 429 to a call that began at `started_at`.
    void limited(TimePoint started_at, std::optional<std::chrono::seconds> retry_after,
                 TimePoint now) noexcept;
    // The platform refused a call that began at `started_at` for another reason.
    void refused(TimePoint started_at, TimePoint now) noexcept;

private:
    [[nodiscard]] double burst() const noexcept;
    void refill(TimePoint now) noexcept;
    void give_way(TimePoint now) noexcept;

    double most_;
    double rate_;
    double tokens_;
    TimePoint filled_at_;
    TimePoint gave_way_at_;
    TimePoint held_until_;
    std::size_t successes_ = 0; // since it last gave way
};

} // namespace e2b::core
