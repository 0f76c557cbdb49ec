#pragma once

#include "simulator/instant.hpp"

#include <chrono>
#include <cstddef>

namespace e2b::sim {

/// The API's limiter: a bucket of `limit` requests that refills evenly over `window`.
class RateLimiter {
public:
    /// What a request is told, in the fields `RateLimit-*` and `Retry-After`.
    struct Verdict {
        bool allowed;
        std::size_t remaining;
        std::chrono::seconds reset;       ///< Until the bucket is full, rounded up.
        std::chrono::seconds retry_after; ///< Until one more is allowed, rounded up; 0 if one is now.
    };

    /// A limit of 0 is none.
    RateLimiter(std::size_t limit, std::chrono::nanoseconds window) noexcept;

    [[nodiscard]] bool enabled() const noexcept { return limit_ != 0; }
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

    /// Counts a request. Precondition: enabled.
    Verdict take(Instant now) noexcept;

private:
    std::size_t limit_;
    std::chrono::nanoseconds interval_;
    /// When the bucket will be full again. A request moves it on by one interval; it may be at most one
    /// window ahead of now.
    Instant full_at_{0};
};

} // namespace e2b::sim
