#pragma once

// What waits for the sockets of a client: epoll, or where E2B_SNAPSHOT_PORTABLE is defined, Asio alone.
#ifdef E2B_SNAPSHOT_PORTABLE
#include "net/asio_poller.hpp"
#else
#include "net/epoll_poller.hpp"
#endif

namespace e2b::net {

#ifdef E2B_SNAPSHOT_PORTABLE
using SocketPoller = AsioPoller;
#else
using SocketPoller = EpollPoller;
#endif

} // namespace e2b::net
