#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <new>
#include <utility>

namespace e2b::net {

// Memory for one asynchronous operation at a time, inside the object that begins it, so that beginning one
// again and again allocates nothing. An operation that is too large takes memory from the heap.
//
// The operation's handler must keep the object alive, and the next one must not begin before that handler
// runs.
template <std::size_t Capacity>
class HandlerMemory {
public:
    // For boost::asio::bind_allocator.
    template <class T>
    class Allocator {
    public:
        using value_type = T;

        explicit Allocator(HandlerMemory& memory) noexcept : memory_(&memory) {}
        template <class U>
        Allocator(Allocator<U> const& other) noexcept : memory_(other.memory_) {}

        [[nodiscard]] T* allocate(std::size_t count) {
            static_assert(alignof(T) <= alignof(std::max_align_t));
            return static_cast<T*>(memory_->allocate(count * sizeof(T)));
        }
        void deallocate(T* object, std::size_t) noexcept { memory_->deallocate(object); }

        friend bool operator==(Allocator const&, Allocator const&) = default;

    private:
        template <class U>
        friend class Allocator;
        HandlerMemory* memory_;
    };

    HandlerMemory() = default;
    HandlerMemory(HandlerMemory const&) = delete;
    HandlerMemory& operator=(HandlerMemory const&) = delete;

    [[nodiscard]] Allocator<void*> allocator() noexcept { return Allocator<void*>(*this); }

private:
    void* allocate(std::size_t size) {
        if (size > Capacity || std::exchange(used_, true))
            return ::operator new(size);
        return storage_.data();
    }
    void deallocate(void* memory) noexcept {
        if (memory == storage_.data())
            used_ = false;
        else
            ::operator delete(memory);
    }

    alignas(std::max_align_t) std::array<std::byte, Capacity> storage_;
    bool used_ = false;
};

} // namespace e2b::net
