#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace e2b::core {

class DeadlineQueue;

// A moment at which its owner wants to be notified; derive from it or have it as a member. It leaves its
// queue when it is destroyed.
class Deadline {
public:
    Deadline() = default;
    Deadline(Deadline const&) = delete;
    Deadline& operator=(Deadline const&) = delete;
    ~Deadline();

    [[nodiscard]] bool queued() const noexcept { return queue_ != nullptr; }
    // The moment last set.
    [[nodiscard]] TimePoint at() const noexcept { return at_; }

private:
    friend class DeadlineQueue;

    TimePoint at_{};
    std::size_t index_ = 0;
    DeadlineQueue* queue_ = nullptr;
};

// All deadlines of a client behind one timer: a heap with four children to a place, which allocates only when
// it grows beyond its largest size so far.
class DeadlineQueue {
public:
    DeadlineQueue() = default;
    DeadlineQueue(DeadlineQueue const&) = delete;
    DeadlineQueue& operator=(DeadlineQueue const&) = delete;
    // Deadlines still queued are forgotten, without a notification.
    ~DeadlineQueue();

    // Makes room for so many deadlines.
    void reserve(std::size_t count) {
        if (count > heap_.capacity())
            heap_.reserve(std::max(count, 2 * heap_.capacity()));
    }
    // Puts the deadline in, or moves it if it is in already. O(log n). Throws `bad_alloc` if the heap cannot
    // grow, with nothing changed; moving never throws. Precondition: it is in no other queue.
    void set(Deadline& deadline, TimePoint at);
    // Takes the deadline out; does nothing if it is not in. O(log n).
    void clear(Deadline& deadline) noexcept;
    // Takes out the earliest deadline with `at() <= now`; null if there is none. Equal ones come in the order
    // in which they were set. O(log n).
    [[nodiscard]] Deadline* pop_due(TimePoint now) noexcept;

    [[nodiscard]] std::optional<TimePoint> earliest() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

private:
    // Everything that is compared lies in the heap itself: with thousands of deadlines, each look at one of
    // them would miss the cache.
    struct Entry {
        TimePoint at;
        std::uint64_t order; // in which they were set
        Deadline* deadline;
    };

    static constexpr std::size_t arity = 4;

    static bool before(Entry const& a, Entry const& b) noexcept {
        return a.at != b.at ? a.at < b.at : a.order < b.order;
    }
    void settle(Entry const& entry, std::size_t index) noexcept;
    [[nodiscard]] std::size_t earliest_child(std::size_t index) const noexcept;
    void place(Entry const& entry, std::size_t index) noexcept;

    std::vector<Entry> heap_;
    std::uint64_t next_order_ = 0;
};

} // namespace e2b::core
