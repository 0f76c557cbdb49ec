#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::sim {

/// Turns numbers into ids of 20 characters `[a-z0-9]` that look random, and back.
///
/// An id says its own number, so a million snapshots need no table of strings to be found again. Seven of the
/// characters are a check: what another codec made, or nobody, is not taken for a number.
class IdCodec {
public:
    static constexpr std::size_t length = 20;

    /// Codecs of different seeds or kinds share no ids.
    IdCodec(std::uint64_t seed, std::uint64_t kind) noexcept;

    [[nodiscard]] std::array<char, length> encode(std::uint64_t number) const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> decode(std::string_view id) const noexcept;

    void append(std::string& out, std::uint64_t number) const;

    /// Ids of 13 characters, without the check: any text of that form is some number's.
    static constexpr std::size_t brief_length = 13;
    void append_brief(std::string& out, std::uint64_t number) const;
    [[nodiscard]] std::optional<std::uint64_t> decode_brief(std::string_view id) const noexcept;

    /// 32 hexadecimal digits that look random.
    void append_hex(std::string& out, std::uint64_t number) const;
    /// The same as UUIDs are written.
    void append_uuid(std::string& out, std::uint64_t number) const;

private:
    [[nodiscard]] std::uint64_t check(std::uint64_t mixed) const noexcept;

    std::uint64_t key_;
};

} // namespace e2b::sim
