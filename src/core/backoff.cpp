#include "core/backoff.hpp"

#include <algorithm>
#include <limits>

namespace e2b::core {

Duration backoff_ceiling(Duration base, Duration cap, unsigned n) noexcept {
    base = std::max(base, Duration::zero());
    cap = std::max(cap, Duration::zero());
    // Compared by shifting the cap down, as shifting the base up could overflow.
    constexpr unsigned width = std::numeric_limits<Duration::rep>::digits;
    if (n >= width || base.count() > (cap.count() >> n))
        return base == Duration::zero() ? base : cap;
    return Duration(base.count() << n);
}

Duration full_jitter(Duration base, Duration cap, unsigned n, Rng& rng) {
    std::uniform_int_distribution<Duration::rep> distribution(0, backoff_ceiling(base, cap, n).count());
    return Duration(distribution(rng));
}

} // namespace e2b::core
