#include "simulator/listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

namespace e2b::sim {
namespace {

// As long as the system allows: clients may open thousands of connections at once.
constexpr int backlog = 65'535;

union Address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

Listener Listener::open(std::string const& text, std::uint16_t port) {
    Address address{};
    socklen_t size = sizeof address.v4;
    std::string host = text;
    if (::inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(port);
    } else if (::inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(port);
        size = sizeof address.v6;
        host = "[" + text + "]";
    } else {
        throw std::invalid_argument("SimulatorOptions::address must be a numeric address");
    }
    Descriptor socket(::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket)
        fail("socket");
    int const on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), &address.any, size) != 0)
        fail("bind");
    if (::listen(socket.get(), backlog) != 0)
        fail("listen");
    if (::getsockname(socket.get(), &address.any, &size) != 0)
        fail("getsockname");
    // The port is at the same place in both kinds of address.
    return {std::move(socket), ntohs(address.v4.sin_port), std::move(host)};
}

} // namespace e2b::sim
