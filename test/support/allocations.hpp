#pragma once

#include <cstddef>

namespace e2b::test {

/// How many times this thread has called `operator new`. The program must be linked with allocations.cpp.
[[nodiscard]] std::size_t allocations() noexcept;

} // namespace e2b::test
