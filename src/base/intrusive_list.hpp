#pragma once

#include <cassert>
#include <cstddef>

namespace e2b::base {

template <class T>
struct ListLink {
    T* previous = nullptr;
    T* next = nullptr;
};

// A doubly linked list through a member of its elements: it owns nothing and allocates nothing, and whatever
// it does takes constant time. An element is in at most one of the lists that share a link.
template <class T, ListLink<T> T::* Link>
class IntrusiveList {
public:
    IntrusiveList() = default;
    IntrusiveList(IntrusiveList const&) = delete;
    IntrusiveList& operator=(IntrusiveList const&) = delete;

    [[nodiscard]] bool empty() const noexcept { return front_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // Null if empty.
    [[nodiscard]] T* front() const noexcept { return front_; }
    [[nodiscard]] T* back() const noexcept { return back_; }

    // Null after the last one.
    [[nodiscard]] T* next(T const& element) const noexcept { return (element.*Link).next; }

    // Whether the element is in this list, provided that no other list uses the same link.
    [[nodiscard]] bool contains(T const& element) const noexcept {
        return (element.*Link).previous != nullptr || front_ == &element;
    }

    void push_front(T& element) noexcept {
        assert(!contains(element));
        (element.*Link).next = front_;
        (front_ != nullptr ? (front_->*Link).previous : back_) = &element;
        front_ = &element;
        ++size_;
    }

    void push_back(T& element) noexcept {
        assert(!contains(element));
        (element.*Link).previous = back_;
        (back_ != nullptr ? (back_->*Link).next : front_) = &element;
        back_ = &element;
        ++size_;
    }

    void erase(T& element) noexcept {
        assert(contains(element));
        auto& link = element.*Link;
        (link.previous != nullptr ? (link.previous->*Link).next : front_) = link.next;
        (link.next != nullptr ? (link.next->*Link).previous : back_) = link.previous;
        link = {};
        --size_;
    }

    // Precondition: not empty.
    T& pop_front() noexcept {
        assert(front_ != nullptr);
        T& element = *front_;
        erase(element);
        return element;
    }

private:
    T* front_ = nullptr;
    T* back_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace e2b::base
