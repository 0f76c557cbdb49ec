#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace e2b::core {

/// The keys of one JSON object, to find one that is there twice. Bounded: an object with more than fits is
/// refused, and no response of the platform comes near.
class KeySet {
public:
    static constexpr std::size_t max_keys = 64;
    static constexpr std::size_t max_bytes = 2048;

    /// Adds to the key that is being read; false if there is no room.
    bool append(std::string_view part) noexcept;

    /// Ends the key that is being read and makes it part of the set; false if it was there already or if
    /// there is no room.
    bool close() noexcept;

    /// The key that was closed last.
    [[nodiscard]] std::string_view last() const noexcept { return key(keys_ - 1); }

private:
    [[nodiscard]] std::string_view key(std::size_t index) const noexcept {
        std::size_t const start = index == 0 ? 0 : ends_[index - 1];
        return {text_.data() + start, ends_[index] - start};
    }

    // Neither is initialised: what lies beyond the counts is never read.
    std::array<char, max_bytes> text_;
    std::array<std::uint16_t, max_keys> ends_;
    std::size_t keys_ = 0;
    std::size_t size_ = 0;
};

} // namespace e2b::core
