#include "core/deadline_queue.hpp"

#include <cassert>

namespace e2b::core {

Deadline::~Deadline() {
    if (queue_ != nullptr)
        queue_->clear(*this);
}

DeadlineQueue::~DeadlineQueue() {
    for (Deadline* deadline : heap_)
        deadline->queue_ = nullptr;
}

void DeadlineQueue::set(Deadline& deadline, TimePoint at) {
    assert(deadline.queue_ == nullptr || deadline.queue_ == this);
    if (deadline.queue_ == nullptr) {
        heap_.push_back(&deadline);
        deadline.queue_ = this;
        deadline.index_ = heap_.size() - 1;
    }
    deadline.at_ = at;
    deadline.order_ = next_order_++;
    sift_up(deadline, deadline.index_);
    sift_down(deadline, deadline.index_);
}

void DeadlineQueue::clear(Deadline& deadline) noexcept {
    if (deadline.queue_ == nullptr)
        return;
    assert(deadline.queue_ == this);
    deadline.queue_ = nullptr;
    Deadline& last = *heap_.back();
    heap_.pop_back();
    if (&last == &deadline)
        return;
    sift_up(last, deadline.index_);
    sift_down(last, last.index_);
}

Deadline* DeadlineQueue::pop_due(TimePoint now) noexcept {
    if (heap_.empty() || heap_.front()->at_ > now)
        return nullptr;
    Deadline* const due = heap_.front();
    clear(*due);
    return due;
}

std::optional<TimePoint> DeadlineQueue::earliest() const noexcept {
    if (heap_.empty())
        return std::nullopt;
    return heap_.front()->at_;
}

void DeadlineQueue::place(Deadline& deadline, std::size_t index) noexcept {
    heap_[index] = &deadline;
    deadline.index_ = index;
}

void DeadlineQueue::sift_up(Deadline& deadline, std::size_t index) noexcept {
    while (index > 0) {
        std::size_t const parent = (index - 1) / 2;
        if (!before(deadline, *heap_[parent]))
            break;
        place(*heap_[parent], index);
        index = parent;
    }
    place(deadline, index);
}

void DeadlineQueue::sift_down(Deadline& deadline, std::size_t index) noexcept {
    for (;;) {
        std::size_t child = 2 * index + 1;
        if (child >= heap_.size())
            break;
        if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child]))
            ++child;
        if (!before(*heap_[child], deadline))
            break;
        place(*heap_[child], index);
        index = child;
    }
    place(deadline, index);
}

} // namespace e2b::core
