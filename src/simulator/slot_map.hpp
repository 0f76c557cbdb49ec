#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace e2b::sim {

/// Values under ids that are never given out twice: the place in a table, and how often it was taken before.
/// Allocates only when it grows beyond its largest size so far.
template <class T>
class SlotMap {
public:
    using Id = std::uint64_t;

    Id insert(T value) {
        if (free_.empty()) {
            slots_.emplace_back();
            free_.reserve(slots_.size());
            free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
        }
        std::uint32_t const index = free_.back();
        free_.pop_back();
        Slot& slot = slots_[index];
        slot.value = std::move(value);
        slot.used = true;
        return Id{slot.generation} << 32 | index;
    }

    /// Null for an id that is gone. Valid until the next `insert`.
    [[nodiscard]] T* find(Id id) noexcept {
        std::uint32_t const index = static_cast<std::uint32_t>(id);
        if (index >= slots_.size() || !slots_[index].used || slots_[index].generation != id >> 32)
            return nullptr;
        return &slots_[index].value;
    }

    /// Precondition: the id is in.
    T take(Id id) {
        Slot& slot = slots_[static_cast<std::uint32_t>(id)];
        slot.used = false;
        ++slot.generation;
        free_.push_back(static_cast<std::uint32_t>(id));
        return std::exchange(slot.value, T());
    }

    [[nodiscard]] std::size_t size() const noexcept { return slots_.size() - free_.size(); }

    template <class F>
    void for_each(F f) {
        for (Slot& slot : slots_) {
            if (slot.used)
                f(slot.value);
        }
    }

private:
    struct Slot {
        T value{};
        std::uint32_t generation = 0;
        bool used = false;
    };

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
};

} // namespace e2b::sim
