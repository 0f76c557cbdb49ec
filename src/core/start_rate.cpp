#include "core/start_rate.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::core {

namespace {

using Seconds = std::chrono::duration<double>;

// How a rate grows back in a second.
constexpr double growth = 1.02;
// What is taken of the rate that was seen to be allowed, and of the own one where none was.
constexpr double of_allowed = 0.9;
constexpr double of_own = 0.5;
// Where nothing succeeds at all, the run must come to its end all the same.
constexpr double least_without_success = 20;
constexpr double least = 0.05;
constexpr std::chrono::seconds longest_hold(60);

} // namespace

StartRate::StartRate(double most, TimePoint now) noexcept
    : most_(most),
      rate_(most),
      tokens_(burst()),
      filled_at_(now),
      gave_way_at_(now),
      held_until_(now) {}

double StartRate::burst() const noexcept {
    return std::max(1.0, rate_);
}

TimePoint StartRate::next_at() const noexcept {
    if (tokens_ >= 1)
        return held_until_;
    // Rounded up, so that the token is whole when it is looked for.
    auto const wait = std::chrono::ceil<Duration>(Seconds((1 - tokens_) / rate_));
    return std::max(held_until_, filled_at_ + wait);
}

void StartRate::started(TimePoint now) noexcept {
    refill(now);
    tokens_ -= 1;
}

void StartRate::refill(TimePoint now) noexcept {
    auto const elapsed = Seconds(now - filled_at_).count();
    if (rate_ < most_)
        rate_ = std::min(most_, rate_ * std::pow(growth, elapsed));
    tokens_ = std::min(burst(), tokens_ + elapsed * rate_);
    filled_at_ = now;
}

void StartRate::limited(TimePoint started_at, std::optional<std::chrono::seconds> retry_after,
                        TimePoint now) noexcept {
    if (retry_after)
        held_until_ =
            std::max(held_until_, now + std::clamp(*retry_after, std::chrono::seconds(0), longest_hold));
    if (started_at >= gave_way_at_)
        give_way(now);
}

void StartRate::refused(TimePoint started_at, TimePoint now) noexcept {
    if (started_at >= gave_way_at_ && successes_ == 0)
        give_way(now);
}

void StartRate::give_way(TimePoint now) noexcept {
    refill(now);
    auto const elapsed = Seconds(now - gave_way_at_).count();
    if (successes_ == 0)
        rate_ = std::max(rate_ * of_own, std::min(rate_, least_without_success));
    else if (elapsed > 0)
        rate_ = std::clamp(of_allowed * static_cast<double>(successes_) / elapsed, least, rate_);
    // What the platform lets through in a burst is used up.
    tokens_ = std::min(tokens_, 0.0);
    successes_ = 0;
    gave_way_at_ = now;
}

} // namespace e2b::core
