#include "core/fleet/queue_wait.hpp"

#include <chrono>
#include <cmath>

namespace e2b::core {

namespace {

constexpr double equal_within = 0.03;
constexpr double apart = 0.1; // of the wait

} // namespace

bool QueueWait::refused_after(double wait, TimePoint now) noexcept {
    if (std::abs(wait - candidate_) > equal_within * wait) {
        candidate_ = wait;
        seen_at_ = now;
    } else if (std::chrono::duration<double>(now - seen_at_).count() >= apart * wait) {
        seconds_ = wait;
    }
    return seconds_ > 0 && wait >= (1 - equal_within) * seconds_;
}

} // namespace e2b::core
