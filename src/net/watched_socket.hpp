#pragma once

#include "base/descriptor.hpp"
#include "net/socket_poller.hpp"

#include <boost/system/error_code.hpp>

#include <memory>
#include <utility>

namespace e2b::net {

// A socket whose listener is notified when it can be read from, from `watch` on to the end of its life, and
// when it can be written to, while that is asked for.
class WatchedSocket {
public:
    WatchedSocket(std::shared_ptr<SocketPoller> poller, base::Descriptor socket)
        : poller_(std::move(poller)),
          socket_(std::move(socket)) {
        watch_.socket = socket_.get();
    }
    WatchedSocket(WatchedSocket const&) = delete;
    WatchedSocket& operator=(WatchedSocket const&) = delete;
    ~WatchedSocket() {
        if (is_watched_)
            poller_->remove(watch_);
    }

    [[nodiscard]] boost::system::error_code watch(SocketListener& listener, bool writable) {
        watch_.listener = &listener;
        watch_.writable = writable;
        auto const error = poller_->add(watch_);
        is_watched_ = !error;
        return error;
    }
    // Another one is notified from now on.
    void set_listener(SocketListener& listener) noexcept { watch_.listener = &listener; }
    void watch_writable(bool writable) {
        if (std::exchange(watch_.writable, writable) != writable)
            poller_->change(watch_);
    }

    [[nodiscard]] int get() const noexcept { return socket_.get(); }

private:
    std::shared_ptr<SocketPoller> poller_;
    base::Descriptor socket_;
    SocketPoller::Watch watch_;
    bool is_watched_ = false;
};

} // namespace e2b::net
