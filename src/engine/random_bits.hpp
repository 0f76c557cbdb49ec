#pragma once

#include <cstdint>
#include <random>

namespace e2b::engine {

// From the system, for what decides to be given. Any thread.
inline std::uint64_t random_bits() {
    std::random_device source;
    return std::uint64_t{source()} << 32U | source();
}

} // namespace e2b::engine
