#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>

namespace e2b::core {

inline double seconds(Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

// `at + wait` without overflow.
inline TimePoint later(TimePoint at, Duration wait) noexcept {
    return wait > TimePoint::max() - at ? TimePoint::max() : at + wait;
}

} // namespace e2b::core
