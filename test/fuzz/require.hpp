#pragma once

#include <cstdlib>

namespace e2b::test {

/// What must hold for every input; ends the process where it does not, as fuzzers expect it.
inline void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace e2b::test
