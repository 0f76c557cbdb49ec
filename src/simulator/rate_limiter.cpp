#include "simulator/rate_limiter.hpp"

#include <algorithm>

namespace e2b::sim {

RateLimiter::RateLimiter(std::size_t limit, std::chrono::nanoseconds window) noexcept
    : limit_(limit),
      interval_(limit == 0 ? window : Instant(window.count() / static_cast<Instant::rep>(limit))) {}

RateLimiter::Verdict RateLimiter::take(Instant now) noexcept {
    using std::chrono::ceil;
    using std::chrono::seconds;
    Instant const next = std::max(full_at_, now) + interval_;
    Instant const limit_at = now + interval_ * static_cast<Instant::rep>(limit_);
    if (next > limit_at)
        return {false, 0, ceil<seconds>(full_at_ - now),
                std::max(ceil<seconds>(next - limit_at), seconds(1))};
    full_at_ = next;
    return {true, static_cast<std::size_t>((limit_at - next) / interval_), ceil<seconds>(full_at_ - now),
            seconds(0)};
}

} // namespace e2b::sim
