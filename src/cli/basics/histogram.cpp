#include "cli/basics/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace e2b::cli {

void Histogram::add(std::chrono::nanoseconds value) noexcept {
    value = std::max(value, std::chrono::nanoseconds(0));
    ++counts_[bucket_of(static_cast<std::uint64_t>(value.count()))];
    ++count_;
    max_ = std::max(max_, value);
}

std::chrono::nanoseconds Histogram::percentile(double percent) const noexcept {
    if (count_ == 0)
        return std::chrono::nanoseconds(0);
    auto const wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        seen += counts_[bucket];
        if (seen >= std::max<std::uint64_t>(wanted, 1))
            return std::min(std::chrono::nanoseconds(upper_edge(bucket)), max_);
    }
    return max_;
}

std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
    auto const width = static_cast<unsigned>(std::bit_width(value));
    if (width <= precision_bits)
        return value;
    // The leading bit says which doubling it is, the next `precision_bits` where in it.
    unsigned const shift = width - 1 - precision_bits;
    std::uint64_t const offset = (value >> shift) - (std::uint64_t{1} << precision_bits);
    return (static_cast<std::size_t>(shift + 1) << precision_bits) + offset;
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) noexcept {
    std::uint64_t const doubling = bucket >> precision_bits;
    std::uint64_t const offset = bucket & ((1U << precision_bits) - 1);
    if (doubling == 0)
        return offset;
    return (((std::uint64_t{1} << precision_bits) + offset + 1) << (doubling - 1)) - 1;
}

} // namespace e2b::cli
