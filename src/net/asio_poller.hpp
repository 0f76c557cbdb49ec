#pragma once

#include "net/socket_listener.hpp"
#include "net/strand.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace e2b::net {

// What EpollPoller does, by Asio's waits alone: one for each socket. For systems without epoll.
class AsioPoller final {
public:
    class Waits;

    // A watched socket: stays where it is while it is watched.
    struct Watch {
        int socket = -1;
        SocketListener* listener = nullptr;
        bool writable = false; // is notified when the socket can be written to as well
        std::shared_ptr<Waits> waits;
    };

    explicit AsioPoller(Strand strand) : strand_(std::move(strand)) {}

    // From now on the watch's listener is notified. Throws bad_alloc.
    [[nodiscard]] boost::system::error_code add(Watch& watch);
    // `watch.writable` was changed. Throws bad_alloc, if it was set.
    void change(Watch& watch);
    // To be called while the socket is still open. The listener is not notified any more.
    void remove(Watch& watch) noexcept;
    // Nothing can be added any more. All sockets were removed before.
    void stop() noexcept;

private:
    Strand strand_;
    bool stopped_ = false;
};

} // namespace e2b::net
