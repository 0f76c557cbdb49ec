#include <e2b/shard.hpp>

#include <cstdint>

namespace e2b {

namespace {

// FNV-1a over the bytes, and then mixed: the last bytes have hardly reached the high bits, and a remainder
// looks at few. Fleets that are spread over machines depend on it, so it must never change.
std::uint64_t stable_hash(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char const c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    hash ^= hash >> 33U;
    hash *= 0xff51afd7ed558ccd;
    return hash ^ hash >> 33U;
}

} // namespace

bool FleetShard::contains(std::string_view sandbox_id) const noexcept {
    return stable_hash(sandbox_id) % count == index;
}

} // namespace e2b
