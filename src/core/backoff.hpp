#pragma once

#include "core/time.hpp"

#include <random>

namespace e2b::core {

// Seeded by its owner, so that what decides can be replayed.
using Rng = std::mt19937_64;

// min(cap, base * 2^n), for any n without overflow. 0 if base or cap is not positive.
[[nodiscard]] Duration backoff_ceiling(Duration base, Duration cap, unsigned n) noexcept;

// The wait before retry n (from 0): uniformly random in [0, backoff_ceiling(base, cap, n)]. The full width
// keeps callers that failed together from coming back together.
[[nodiscard]] Duration full_jitter(Duration base, Duration cap, unsigned n, Rng& rng);

} // namespace e2b::core
