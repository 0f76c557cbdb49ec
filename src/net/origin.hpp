#pragma once

#include "core/address_memory.hpp"
#include "core/time.hpp"
#include "net/resolver.hpp"
#include "net/socket_poller.hpp"
#include "net/timers.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace e2b::net {

// What all connections of a client have in common. Outlives every connection that is not closed.
struct Origin {
    Timers& timers;
    std::shared_ptr<SocketPoller> poller;
    std::unique_ptr<Resolver> resolver; // of the server's name, or of the proxy's
    core::AddressMemory<boost::asio::ip::tcp::endpoint> addresses;
    std::unique_ptr<TlsContext> tls; // null for plain http
    std::string tunnel_request;      // with the proxy's password in it; empty without a proxy
    std::string proxy;               // its host and port, for people; empty without one
    bool loopback_only = false;      // other addresses of the host are not to be connected to
    core::Duration connect_timeout{};
    bool is_timed = false; // somebody asks when the first byte of a response came
};

} // namespace e2b::net
