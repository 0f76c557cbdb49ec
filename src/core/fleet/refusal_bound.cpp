#include "core/fleet/refusal_bound.hpp"

#include <algorithm>

namespace e2b::core {

namespace {

constexpr double tolerated = 0.1; // share of requests
constexpr double smaller = 0.75;
constexpr double least_step = 0.25;
constexpr double clearly_less = 0.7; // of the share
constexpr double hardly_any = 0.01;
constexpr double regrowth = 1.1;
constexpr double fast_regrowth = 1.5;
// Fewer say little about a share of a tenth.
constexpr std::size_t enough_starts = 200;
constexpr std::size_t enough_refusals = 50;
constexpr unsigned longest_rest = 64;

} // namespace

void RefusalBound::started(std::size_t in_flight, TimePoint now) noexcept {
    if (starts_ >= enough_starts)
        judge(in_flight, now);
    ++starts_;
}

void RefusalBound::refused(TimePoint started_at, std::size_t in_flight, TimePoint now) noexcept {
    if (started_at < changed_at_)
        return; // it tells of the bound before
    ++refusals_;
    judge(in_flight, now);
}

void RefusalBound::judge(std::size_t in_flight, TimePoint now) noexcept {
    if (starts_ < enough_starts && refusals_ < enough_refusals)
        return;
    auto const share = std::min(1.0, static_cast<double>(refusals_) / static_cast<double>(starts_));
    starts_ = refusals_ = 0;
    auto const before = bound_;
    if (trying_)
        judge_trial(share);
    else if (share <= tolerated)
        bound_ = std::min(most_, bound_ * (share <= hardly_any      ? fast_regrowth
                                           : share <= tolerated / 2 ? regrowth
                                                                    : 1));
    else if (rest_ > 0)
        --rest_;
    else
        try_less(share, static_cast<double>(in_flight));
    if (bound_ != before)
        changed_at_ = now;
}

void RefusalBound::try_less(double share, double in_flight) noexcept {
    trying_ = true;
    share_before_ = share;
    bound_ = std::max(1.0, std::min(bound_, in_flight) * std::clamp(1 - share, least_step, smaller));
}

void RefusalBound::judge_trial(double share) noexcept {
    trying_ = false;
    if (share <= clearly_less * share_before_) {
        next_rest_ = first_rest;
        return;
    }
    bound_ = most_; // how much is in flight has nothing to do with it
    rest_ = next_rest_;
    next_rest_ = std::min(longest_rest, next_rest_ * 2);
}

} // namespace e2b::core
