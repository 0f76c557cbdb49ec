// Replaces the global allocation functions of a test program by counting ones. Those for arrays call these;
// those that do not throw are replaced as well because AddressSanitizer brings its own, whose memory is not
// malloc's to it.
#include "support/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t count = 0;

void* allocate(std::size_t size) noexcept {
    ++count;
    return std::malloc(size == 0 ? 1 : size);
}

} // namespace

std::size_t e2b::test::allocations() noexcept {
    return count;
}

void* operator new(std::size_t size) {
    if (void* const memory = allocate(size))
        return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return allocate(size);
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::nothrow_t const&) noexcept {
    std::free(memory);
}
