#pragma once

#include "simulator/instant.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace e2b::sim {

/// Moments and what they are for. Nothing is ever taken out early: a value must say by itself, as by a
/// generation count, that it is no longer wanted.
class TimerQueue {
public:
    struct Timer {
        Instant at;
        std::uint64_t value;
    };

    void add(Instant at, std::uint64_t value) { heap_.push(Entry{{at, value}, order_++}); }

    [[nodiscard]] std::optional<Instant> earliest() const noexcept {
        return heap_.empty() ? std::nullopt : std::optional(heap_.top().timer.at);
    }

    /// Takes out the earliest timer that is due; equal ones come in the order in which they were added.
    std::optional<Timer> pop_due(Instant now) {
        if (heap_.empty() || heap_.top().timer.at > now)
            return std::nullopt;
        Timer const timer = heap_.top().timer;
        heap_.pop();
        return timer;
    }

private:
    struct Entry {
        Timer timer;
        std::uint64_t order;

        [[nodiscard]] bool operator>(Entry const& other) const noexcept {
            return timer.at != other.timer.at ? timer.at > other.timer.at : order > other.order;
        }
    };

    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
    std::uint64_t order_ = 0;
};

} // namespace e2b::sim
