#pragma once

#include <cstddef>

namespace e2b {

// Memory for objects that come and go with every call. What one gives back the thread keeps for the next,
// up to a fixed amount, so that a busy program does not go to the heap for each.
class RecycledMemory {
public:
    [[nodiscard]] static void* allocate(std::size_t size);
    // `size` as it was asked for.
    static void release(void* memory, std::size_t size) noexcept;
};

} // namespace e2b
