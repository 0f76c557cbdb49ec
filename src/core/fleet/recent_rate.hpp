#pragma once

#include "core/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace e2b::core {

// How many in a second, over the last ten seconds or since the beginning.
class RecentRate {
public:
    explicit RecentRate(TimePoint now) noexcept : began_(now) {}

    void count(TimePoint now) noexcept;
    [[nodiscard]] double a_second(TimePoint now) const noexcept;

private:
    static constexpr std::size_t slots = 10; // of a second each

    [[nodiscard]] std::int64_t second_of(TimePoint now) const noexcept;

    struct Slot {
        std::int64_t second = -1;
        std::uint64_t count = 0;
    };
    TimePoint began_;
    std::array<Slot, slots> slots_{};
};

} // namespace e2b::core
