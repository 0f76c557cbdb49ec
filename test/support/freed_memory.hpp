#pragma once

#include <cstddef>
#include <string_view>

namespace e2b::test {

/// Looks through each block of memory that this thread gives back with `operator delete` for a text. The
/// program must be linked with freed_memory.cpp.
class FreedMemoryWatch {
public:
    /// The text is to outlive this. One at a time.
    explicit FreedMemoryWatch(std::string_view text) noexcept;
    FreedMemoryWatch(FreedMemoryWatch const&) = delete;
    FreedMemoryWatch& operator=(FreedMemoryWatch const&) = delete;
    ~FreedMemoryWatch();

    /// How many blocks held it.
    [[nodiscard]] std::size_t found() const noexcept;
};

} // namespace e2b::test
