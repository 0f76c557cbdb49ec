#pragma once

#include "core/time.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace e2b::core {

// How fast calls may start: a token bucket, which gives way where the platform limits the rate (429).
//
// One 429 says nothing: what counts is their share of the last 64 calls. A fifth says that there is a limit.
// From then on the rate is what was let through, and it grows by a twentieth in a second until one in
// fourteen gets a 429 again; so it follows the limit closely above and below, as TCP-friendly rate control
// (RFC 5348) follows the share of what is lost. Where as many get a 429 although fewer and fewer calls start,
// it is not the rate, and they are put up with for a while.
class StartRate {
public:
    // `most`: starts a second; more than 0.
    StartRate(double most, TimePoint now) noexcept;

    // When the next call may start; that may be in the past.
    [[nodiscard]] TimePoint next_at() const noexcept;
    [[nodiscard]] bool permits(TimePoint now) const noexcept { return next_at() <= now; }
    // Starts a second.
    [[nodiscard]] double rate() const noexcept { return rate_; }

    // Yields the call's number, from 1. Precondition: permits(now).
    std::uint64_t started(TimePoint now) noexcept;
    // The last call that started was never sent.
    void give_back() noexcept { tokens_ += 1; }
    // Begins anew after an outage.
    void restart() noexcept;
    // The platform answered 429 to the call of this number.
    void limited(std::uint64_t number, std::optional<Duration> retry_after, TimePoint now) noexcept;

private:
    static constexpr std::size_t lately = 64; // starts

    [[nodiscard]] double burst() const noexcept;
    void refill(TimePoint now) noexcept;
    [[nodiscard]] double let_through(double share, TimePoint now) const noexcept;
    void give_way(double share, TimePoint now) noexcept;

    double most_;
    double rate_;
    double tokens_;
    TimePoint filled_at_;
    TimePoint held_until_;

    std::uint64_t count_ = 0;                    // of all starts
    std::bitset<lately> limited_;                // of the last ones, newest first
    std::array<TimePoint, lately> started_at_{}; // by number
    // Since the rate changed last.
    TimePoint changed_at_;
    std::uint64_t first_ = 1;
    std::uint64_t limited_since_ = 0;
    Duration asked_{0};

    bool is_limited_ = false; // by the platform, as far as is known
    double share_ = 0;        // when it gave way last
    unsigned in_vain_ = 0;    // so often it gave way in a row and that changed little
    TimePoint ignores_until_;
};

} // namespace e2b::core
