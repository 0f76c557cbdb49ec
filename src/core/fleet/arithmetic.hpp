#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace e2b::core {

inline double in_seconds(Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}

inline double real(std::uint64_t number) noexcept {
    return static_cast<double>(number);
}

// `at + wait` without overflow.
inline TimePoint later(TimePoint at, Duration wait) noexcept {
    return wait > TimePoint::max() - at ? TimePoint::max() : at + wait;
}

} // namespace e2b::core
