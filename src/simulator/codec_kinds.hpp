#pragma once

#include <cstdint>

namespace e2b::sim {

/// What an id names. Codecs of different kinds take none of one another's ids, so that a token of one list,
/// or of one order, is refused by another.
struct CodecKind {
    static constexpr std::uint64_t sandbox = 1;
    static constexpr std::uint64_t template_id = 2;
    static constexpr std::uint64_t snapshots_token = 3;
    static constexpr std::uint64_t sandboxes_ascending_token = 4;
    static constexpr std::uint64_t sandboxes_descending_token = 5;
    static constexpr std::uint64_t builds_token = 6;
    static constexpr std::uint64_t build = 7;
    static constexpr std::uint64_t trace = 8;
};

} // namespace e2b::sim
