#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace e2b::sim {

/// What the connections count, on any thread.
struct Counters {
    using Count = std::atomic<std::uint64_t>;

    Count accepted{0};
    Count open{0};
    Count handshakes{0};
    Count handshakes_resumed{0};
    Count handshakes_failed{0};
    Count requests{0};
    std::array<Count, 6> answers{};
};

inline void count(Counters::Count& counter) noexcept {
    counter.fetch_add(1, std::memory_order_relaxed);
}

} // namespace e2b::sim
