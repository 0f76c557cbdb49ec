// Replaces the global allocation functions of a test program by some that know how long each block is.
#include "support/freed_memory.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

thread_local std::string_view wanted;
thread_local std::size_t found = 0;

void* allocate(std::size_t size) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}

void release(void* memory) noexcept {
    if (memory != nullptr && !wanted.empty()) {
        std::string_view const content(static_cast<char const*>(memory), ::malloc_usable_size(memory));
        found += content.find(wanted) != content.npos ? 1 : 0;
    }
    std::free(memory);
}

} // namespace

namespace e2b::test {

FreedMemoryWatch::FreedMemoryWatch(std::string_view text) noexcept {
    wanted = text;
    ::found = 0;
}

FreedMemoryWatch::~FreedMemoryWatch() {
    wanted = {};
}

std::size_t FreedMemoryWatch::found() const noexcept {
    return ::found;
}

} // namespace e2b::test

void* operator new(std::size_t size) {
    if (void* const memory = allocate(size))
        return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return allocate(size);
}

void operator delete(void* memory) noexcept {
    release(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    release(memory);
}

void operator delete(void* memory, std::nothrow_t const&) noexcept {
    release(memory);
}
