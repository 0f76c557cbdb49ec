#pragma once

#include "net/socket_listener.hpp"
#include "net/strand.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <sys/epoll.h>
#include <utility>

namespace e2b::net {

// Notifies listeners when their sockets become readable or writable. All sockets of a client are in one epoll
// set, and Asio waits for that set alone, so that Asio's wait is paid for once for a batch of sockets.
//
// Everything happens on the strand, but for the end of Asio's wait, which enters it. Where nothing is
// watched, nothing keeps the context running.
class EpollPoller final : public std::enable_shared_from_this<EpollPoller> {
public:
    // A socket in the set: stays where it is while it is watched.
    struct Watch {
        int socket = -1;
        SocketListener* listener = nullptr;
        bool writable = false; // is notified when the socket can be written to as well
    };

    explicit EpollPoller(Strand strand) : strand_(std::move(strand)) {}

    // From now on the watch's listener is notified. Throws bad_alloc.
    [[nodiscard]] boost::system::error_code add(Watch& watch);
    // `watch.writable` was changed.
    void change(Watch& watch) noexcept;
    // To be called while the socket is still open. The listener is not notified any more.
    void remove(Watch& watch) noexcept;
    // Nothing can be added any more. All sockets were removed before.
    void stop() noexcept;

private:
    [[nodiscard]] boost::system::error_code open();
    void wait();
    void woke();
    void notify_ready();

    static constexpr std::size_t batch = 64;

    Strand strand_;
    // The epoll set, from the first socket on. Gone after `stop`, as it must not outlive the context.
    std::optional<boost::asio::posix::basic_stream_descriptor<boost::asio::any_io_executor>> set_;
    std::array<epoll_event, batch> ready_{};
    std::size_t ready_size_ = 0;
    std::size_t watched_ = 0;
    bool waiting_ = false;
    bool stopped_ = false;
};

} // namespace e2b::net
