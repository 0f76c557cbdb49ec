#include "core/fleet/recent_rate.hpp"

#include "core/fleet/arithmetic.hpp"

#include <algorithm>
#include <chrono>

namespace e2b::core {

std::int64_t RecentRate::second_of(TimePoint now) const noexcept {
    return std::chrono::duration_cast<std::chrono::seconds>(now - began_).count();
}

void RecentRate::count(TimePoint now) noexcept {
    auto const second = second_of(now);
    auto& slot = slots_[static_cast<std::size_t>(second) % slots];
    if (slot.second != second)
        slot = {second, 0};
    ++slot.count;
}

double RecentRate::a_second(TimePoint now) const noexcept {
    auto const second = second_of(now);
    std::uint64_t sum = 0;
    for (auto const& slot : slots_) {
        if (slot.second >= 0 && slot.second > second - static_cast<std::int64_t>(slots))
            sum += slot.count;
    }
    // Nine whole seconds and what has passed of the tenth.
    auto const whole = std::min<std::int64_t>(second, slots - 1);
    auto const elapsed = in_seconds(now - began_) - static_cast<double>(second - whole);
    return elapsed > 0 ? static_cast<double>(sum) / elapsed : 0;
}

} // namespace e2b::core
