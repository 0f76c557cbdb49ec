#include "net/socket_poller.hpp"

#include "net/after_turn.hpp"
#include "net/descriptor.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace e2b::net {

using boost::system::error_code;

namespace {

error_code last_error() noexcept {
    return {errno, boost::system::system_category()};
}

epoll_event interest(SocketPoller::Listener& listener, bool writable) noexcept {
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &listener;
    return event;
}

} // namespace

error_code SocketPoller::open() {
    if (set_)
        return {};
    if (stopped_)
        return boost::asio::error::operation_aborted;
    Descriptor descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!descriptor.is_open())
        return last_error();
    error_code error;
    set_.emplace(strand_.get_inner_executor()).assign(descriptor.get(), error);
    if (error)
        set_.reset();
    else
        descriptor.release();
    return error;
}

error_code SocketPoller::add(int socket, Listener& listener) {
    if (auto const error = open())
        return error;
    auto event = interest(listener, false);
    if (::epoll_ctl(set_->native_handle(), EPOLL_CTL_ADD, socket, &event) != 0)
        return last_error();
    ++watched_;
    wait();
    return {};
}

void SocketPoller::watch_writable(int socket, Listener& listener, bool watch) noexcept {
    if (!set_)
        return;
    auto event = interest(listener, watch);
    ::epoll_ctl(set_->native_handle(), EPOLL_CTL_MOD, socket, &event);
}

void SocketPoller::remove(int socket, Listener& listener) noexcept {
    if (!set_)
        return;
    ::epoll_ctl(set_->native_handle(), EPOLL_CTL_DEL, socket, nullptr);
    for (std::size_t i = 0; i < ready_size_; ++i)
        if (ready_[i].data.ptr == &listener)
            ready_[i].data.ptr = nullptr;
    if (told_last_ == &listener)
        told_last_ = nullptr;
    error_code ignored;
    if (--watched_ == 0)
        set_->cancel(ignored);
}

void SocketPoller::stop() noexcept {
    stopped_ = true;
    told_ = ready_size_ = 0;
    set_.reset();
}

void SocketPoller::wait() {
    if (watched_ == 0 || !set_ || std::exchange(waiting_, true))
        return;
    set_->async_wait(set_->wait_read, [self = shared_from_this()](error_code const&) {
        self->tell_in_turns(&SocketPoller::find_ready);
    });
}

// On a thread of the context, outside of the strand: one turn after the other, until all are told. Between
// two of them goes on what the first one left. To the context that is one handler, so it is asked whether it
// was stopped.
void SocketPoller::tell_in_turns(void (SocketPoller::*first_step)()) {
    for (bool more = true; more; first_step = nullptr) {
        AfterTurn after;
        auto const turn = [&] {
            if (first_step != nullptr)
                (this->*first_step)();
            more = tell();
        };
        if (!strand_.try_run(turn))
            return tell_in_one_turn(first_step);
        after.run();
        if (strand_.context_stopped())
            return; // whoever starts it again finds `go_on`
    }
}

// Somebody else is in the strand. Once they are out, all are told in one turn; if that should end early,
// `go_on` was posted.
void SocketPoller::tell_in_one_turn(void (SocketPoller::*first_step)()) {
    boost::asio::post(strand_, [self = shared_from_this(), first_step] {
        if (first_step != nullptr)
            (*self.*first_step)();
        self->tell();
    });
}

// Before anybody is told, so that it happens whatever they do: throw, run the context from within, or keep
// this thread for long, while others are free.
void SocketPoller::post_go_on() {
    if (!std::exchange(going_on_, true))
        boost::asio::post(strand_.get_inner_executor(),
                          [self = shared_from_this()] { self->tell_in_turns(&SocketPoller::go_on); });
}

// The next wait is begun from here, too, so that the request of a call that goes on need not wait for that.
void SocketPoller::go_on() {
    going_on_ = false;
    if (told_ != ready_size_)
        return post_go_on();
    waiting_ = false;
    wait();
}

void SocketPoller::find_ready() {
    post_go_on();
    if (!set_ || tell_the_only_one())
        return;
    auto const found = ::epoll_wait(set_->native_handle(), ready_.data(), static_cast<int>(batch), 0);
    told_ = 0;
    ready_size_ = static_cast<std::size_t>(std::max(found, 0));
    if (ready_size_ > 1)
        found_at_ = timers_.now();
}

// Where a single socket is watched, the set need not be asked which one it is: with one request in flight,
// that system call would stand between the answer and the next request.
bool SocketPoller::tell_the_only_one() {
    return watched_ == 1 && told_last_ != nullptr && told_last_->on_readable();
}

// Until all are told, or something was left for after this turn. Returns whether there are more. The timers
// may be gone if there are none, as after `stop`.
bool SocketPoller::tell() {
    while (told_ != ready_size_) {
        tell(ready_[told_++]);
        if (told_ != ready_size_ && AfterTurn::taken() && timers_.now() - found_at_ < patience)
            return true;
    }
    return false;
}

void SocketPoller::tell(epoll_event const& event) {
    auto const events = event.events;
    if (auto* const writer = static_cast<Listener*>(event.data.ptr); writer && (events & EPOLLOUT))
        writer->on_writable();
    if (auto* const reader = static_cast<Listener*>(event.data.ptr); reader && (events & ~EPOLLOUT)) {
        told_last_ = reader;
        static_cast<void>(reader->on_readable());
    }
}

} // namespace e2b::net
