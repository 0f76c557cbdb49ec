#include "net/epoll_poller.hpp"

#include "base/descriptor.hpp"
#include "base/insist.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cerrno>

namespace e2b::net {

using boost::system::error_code;

namespace {

error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

epoll_event interest(EpollPoller::Watch& watch) noexcept {
    epoll_event event{};
    event.events = watch.writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &watch;
    return event;
}

} // namespace

error_code EpollPoller::open() {
    if (set_)
        return {};
    if (stopped_)
        return boost::asio::error::operation_aborted;
    base::Descriptor descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!descriptor.is_open())
        return last_error();
    boost::asio::posix::basic_stream_descriptor<boost::asio::any_io_executor> set(strand_.executor());
    error_code error;
    set.assign(descriptor.get(), error);
    if (error)
        return error;
    descriptor.release();
    set_.emplace(std::move(set));
    return {};
}

error_code EpollPoller::add(Watch& watch) {
    if (auto const error = open())
        return error;
    auto event = interest(watch);
    if (::epoll_ctl(set_->native_handle(), EPOLL_CTL_ADD, watch.socket, &event) != 0)
        return last_error();
    ++watched_;
    try {
        wait();
    } catch (...) {
        remove(watch);
        throw;
    }
    return {};
}

void EpollPoller::change(Watch& watch) noexcept {
    if (!set_)
        return;
    auto event = interest(watch);
    ::epoll_ctl(set_->native_handle(), EPOLL_CTL_MOD, watch.socket, &event);
}

void EpollPoller::remove(Watch& watch) noexcept {
    if (!set_)
        return;
    ::epoll_ctl(set_->native_handle(), EPOLL_CTL_DEL, watch.socket, nullptr);
    for (std::size_t i = 0; i < ready_size_; ++i)
        if (ready_[i].data.ptr == &watch)
            ready_[i].data.ptr = nullptr;
    error_code ignored;
    if (--watched_ == 0)
        set_->cancel(ignored);
}

void EpollPoller::stop() noexcept {
    stopped_ = true;
    ready_size_ = 0;
    set_.reset();
}

void EpollPoller::wait() {
    if (watched_ == 0 || !set_ || waiting_)
        return;
    base::insist([this] {
        set_->async_wait(set_->wait_read, [self = shared_from_this()](error_code const&) {
            base::insist([&] { self->strand_.run([self] { self->woke(); }); });
        });
    });
    waiting_ = true;
}

// Whatever the listeners do, the next wait is begun.
void EpollPoller::woke() {
    waiting_ = false;
    try {
        notify_ready();
    } catch (...) {
        wait();
        throw;
    }
    wait();
}

void EpollPoller::notify_ready() {
    if (!set_)
        return;
    auto const found = ::epoll_wait(set_->native_handle(), ready_.data(), static_cast<int>(batch), 0);
    ready_size_ = static_cast<std::size_t>(std::max(found, 0));
    for (std::size_t i = 0; i < ready_size_; ++i) {
        // Whatever the first of the two does, the watch may be gone for the second.
        auto const& event = ready_[i];
        if (auto* const watch = static_cast<Watch*>(event.data.ptr); watch && (event.events & EPOLLOUT))
            watch->listener->on_writable();
        if (auto* const watch = static_cast<Watch*>(event.data.ptr); watch && (event.events & ~EPOLLOUT))
            watch->listener->on_readable();
    }
    ready_size_ = 0;
}

} // namespace e2b::net
