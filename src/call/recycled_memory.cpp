#include "call/recycled_memory.hpp"

#include <array>
#include <new>

namespace e2b {

namespace {

constexpr std::size_t granularity = 128;
constexpr std::size_t largest = 2048;
constexpr unsigned kept_of_each_size = 256;

struct FreeBlock {
    FreeBlock* next;
};

struct FreeList {
    FreeBlock* front = nullptr;
    unsigned size = 0;
};

constexpr std::size_t size_class(std::size_t size) noexcept {
    return (size - 1) / granularity;
}

#ifdef BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING
constexpr bool recycles = false; // so that AddressSanitizer sees what is used after its end
#else
constexpr bool recycles = true;
#endif

// Of this thread, until its end.
class Cache {
public:
    ~Cache() {
        for (auto& list : lists_)
            while (auto* const block = list.front) {
                list.front = block->next;
                ::operator delete(block);
            }
        ended = true;
    }

    [[nodiscard]] FreeList& list(std::size_t size) noexcept { return lists_[size_class(size)]; }

    static thread_local bool ended; // objects that outlive the cache find none

private:
    std::array<FreeList, size_class(largest) + 1> lists_{};
};

thread_local bool Cache::ended = false;
thread_local Cache cache;

bool is_recycled(std::size_t size) noexcept {
    return recycles && size <= largest && !Cache::ended;
}

} // namespace

void* RecycledMemory::allocate(std::size_t size) {
    if (is_recycled(size)) {
        auto& list = cache.list(size);
        if (auto* const block = list.front) {
            list.front = block->next;
            --list.size;
            return block;
        }
    }
    // A block of any size of its class serves all of them.
    return ::operator new((size_class(size) + 1) * granularity);
}

void RecycledMemory::release(void* memory, std::size_t size) noexcept {
    if (is_recycled(size)) {
        auto& list = cache.list(size);
        if (list.size < kept_of_each_size) {
            list.front = new (memory) FreeBlock{list.front};
            ++list.size;
            return;
        }
    }
    ::operator delete(memory);
}

} // namespace e2b
