#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace bench {

// Durations, each kept to within 3 %.
class Histogram {
public:
    void add(std::chrono::nanoseconds duration) noexcept {
        ++counts_[index(static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count()))];
        ++size_;
    }

    void add(Histogram const& other) noexcept {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            counts_[i] += other.counts_[i];
        size_ += other.size_;
    }

    // The duration that this share (0 to 1) of all durations does not exceed; 0 if there are none.
    [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept {
        auto const rank = static_cast<std::uint64_t>(share * static_cast<double>(size_));
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            if (below > rank || (below == size_ && size_ != 0))
                return std::chrono::nanoseconds(upper(i));
        }
        return {};
    }

private:
    static constexpr unsigned precision = 5; // bits kept of each value

    static std::size_t index(std::uint64_t value) noexcept {
        if (value < 1U << precision)
            return value;
        auto const shift = static_cast<unsigned>(std::bit_width(value)) - precision - 1;
        return (std::size_t{shift} << precision) + (value >> shift);
    }

    static std::int64_t upper(std::size_t index) noexcept {
        if (index < 2U << precision)
            return static_cast<std::int64_t>(index);
        auto const shift = (index >> precision) - 1;
        auto const mantissa = static_cast<std::int64_t>(index - (shift << precision));
        return ((mantissa + 1) << shift) - 1;
    }

    std::array<std::uint64_t, 48U << precision> counts_{};
    std::uint64_t size_ = 0;
};

} // namespace bench
