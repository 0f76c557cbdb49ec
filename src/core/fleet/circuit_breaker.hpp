#pragma once

#include "core/backoff.hpp"
#include "core/time.hpp"

#include <cstddef>
#include <optional>

namespace e2b::core {

// Opens after so many failures in a row. While it is open one call at a time asks whether things have
// changed, the more seldom the longer they have not: after a tenth of the time that nothing got through. So
// what an outage costs grows with the logarithm of its length, and its end is noticed within a tenth of it.
class CircuitBreaker {
public:
    void succeeded() noexcept;
    // `threshold`: how many failures in a row open it; at least 1. `least`: the next call waits at least so
    // long.
    void failed(TimePoint now, std::size_t threshold, Duration least, Rng& rng);

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }
    // When the first of the failures in a row came; only while it is open.
    [[nodiscard]] TimePoint failing_since() const noexcept { return since_; }
    // When the next call may ask; only while it is open.
    [[nodiscard]] TimePoint next_at() const noexcept { return next_at_; }

private:
    std::size_t failures_ = 0; // in a row
    TimePoint since_{};
    TimePoint next_at_{};
    bool is_open_ = false;
};

} // namespace e2b::core
