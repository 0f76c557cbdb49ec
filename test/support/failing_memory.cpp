// Replaces the allocation functions of a test program by some that fail on demand: those of C++, and the one
// of C that Asio uses for what it queues.
#include "support/failing_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <stdlib.h>

namespace {

std::atomic<long> left{0}; // allocations until the one that fails; not positive: none fails

bool must_fail() noexcept {
    return left.load(std::memory_order_relaxed) > 0 && --left == 0;
}

void* allocate(std::size_t size) noexcept {
    if (must_fail())
        return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

} // namespace

namespace e2b::test {

FailingMemory::FailingMemory(unsigned nth) noexcept {
    left = nth;
}

FailingMemory::~FailingMemory() {
    left = 0;
}

bool FailingMemory::failed() const noexcept {
    return left <= 0;
}

} // namespace e2b::test

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    if (must_fail())
        return nullptr;
    void* memory = nullptr;
    auto const least = alignment < sizeof(void*) ? sizeof(void*) : alignment;
    return ::posix_memalign(&memory, least, size) == 0 ? memory : nullptr;
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
