#include "core/deadline_queue.hpp"

#include <algorithm>
#include <cassert>

namespace e2b::core {

Deadline::~Deadline() {
    if (queue_ != nullptr)
        queue_->clear(*this);
}

DeadlineQueue::~DeadlineQueue() {
    for (auto const& entry : heap_)
        entry.deadline->queue_ = nullptr;
}

void DeadlineQueue::set(Deadline& deadline, TimePoint at) {
    assert(deadline.queue_ == nullptr || deadline.queue_ == this);
    Entry const entry{at, next_order_, &deadline};
    if (deadline.queue_ == nullptr) {
        heap_.push_back(entry);
        deadline.queue_ = this;
        deadline.index_ = heap_.size() - 1;
    }
    deadline.at_ = at;
    ++next_order_;
    settle(entry, deadline.index_);
}

void DeadlineQueue::clear(Deadline& deadline) noexcept {
    if (deadline.queue_ == nullptr)
        return;
    assert(deadline.queue_ == this);
    deadline.queue_ = nullptr;
    auto const last = heap_.back();
    heap_.pop_back();
    if (last.deadline != &deadline)
        settle(last, deadline.index_);
}

Deadline* DeadlineQueue::pop_due(TimePoint now) noexcept {
    if (heap_.empty() || heap_.front().at > now)
        return nullptr;
    auto* const due = heap_.front().deadline;
    clear(*due);
    return due;
}

std::optional<TimePoint> DeadlineQueue::earliest() const noexcept {
    if (heap_.empty())
        return std::nullopt;
    return heap_.front().at;
}

// Puts the entry where it belongs, which is above or below the free place at `index`.
void DeadlineQueue::settle(Entry const& entry, std::size_t index) noexcept {
    while (index > 0) {
        auto const parent = (index - 1) / arity;
        if (!before(entry, heap_[parent]))
            break;
        place(heap_[parent], index);
        index = parent;
    }
    for (auto child = earliest_child(index); child < heap_.size() && before(heap_[child], entry);
         child = earliest_child(index)) {
        place(heap_[child], index);
        index = child;
    }
    place(entry, index);
}

// Beyond the end if there is none.
std::size_t DeadlineQueue::earliest_child(std::size_t index) const noexcept {
    auto const first = arity * index + 1;
    auto earliest = first;
    for (auto child = first + 1; child < std::min(first + arity, heap_.size()); ++child)
        if (before(heap_[child], heap_[earliest]))
            earliest = child;
    return earliest;
}

void DeadlineQueue::place(Entry const& entry, std::size_t index) noexcept {
    heap_[index] = entry;
    entry.deadline->index_ = index;
}

} // namespace e2b::core
