#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace e2b::cli {

// Counts durations in buckets that grow with the value, so that any percentile of any number of values is
// known within 1 % from a fixed 60 KiB.
class Histogram {
public:
    void add(std::chrono::nanoseconds value) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::chrono::nanoseconds max() const noexcept { return max_; }
    // The value that `percent` of all values do not exceed. 0 where nothing was added.
    [[nodiscard]] std::chrono::nanoseconds percentile(double percent) const noexcept;

private:
    // Below 2^7 ns each value has a bucket; above, each doubling is cut into 2^7 of them.
    static constexpr unsigned precision_bits = 7;
    static constexpr std::size_t buckets = (64 - precision_bits + 1) << precision_bits;

    static std::size_t bucket_of(std::uint64_t value) noexcept;
    static std::uint64_t upper_edge(std::size_t bucket) noexcept;

    std::array<std::uint64_t, buckets> counts_{};
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds max_{0};
};

} // namespace e2b::cli
