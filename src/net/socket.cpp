#include "net/socket.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace e2b::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

#ifdef MSG_NOSIGNAL
constexpr int no_signal = MSG_NOSIGNAL;
#else
constexpr int no_signal = 0; // see SO_NOSIGPIPE below
#endif

error_code system_error(int number) noexcept {
    if (number == EAGAIN || number == EWOULDBLOCK)
        return boost::asio::error::would_block;
    return {number, boost::system::system_category()};
}

// Each option only improves matters; a system that lacks it still works.
void set(int socket, int level, int name, int value) noexcept {
    static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

// A peer that went away without a word is found in about half a minute, not after the system's quarter of an
// hour.
void set_options(int socket) noexcept {
    set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
#endif
#ifdef TCP_USER_TIMEOUT
    set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
#endif
#ifdef SO_NOSIGPIPE
    set(socket, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
}

} // namespace

base::Descriptor open_socket(tcp const& protocol, error_code& error) noexcept {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    base::Descriptor socket(
        ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    bool const opened = socket.is_open();
#else
    base::Descriptor socket(::socket(protocol.family(), SOCK_STREAM, IPPROTO_TCP));
    bool const opened = socket.is_open() && ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == 0 &&
                        ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0;
#endif
    if (!opened) {
        error = system_error(errno);
        return {};
    }
    set_options(socket.get());
    return socket;
}

error_code connect(int socket, tcp::endpoint const& address) noexcept {
    if (::connect(socket, address.data(), static_cast<socklen_t>(address.size())) == 0)
        return {};
    if (errno == EINPROGRESS || errno == EINTR)
        return boost::asio::error::would_block;
    return system_error(errno);
}

error_code connected(int socket) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    return error == 0 ? error_code() : system_error(error);
}

Received receive(int socket, std::span<char> buffer) noexcept {
    ssize_t size = 0;
    do
        size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return {{}, system_error(errno)};
    if (size == 0)
        return {{}, boost::asio::error::eof};
    return {{buffer.data(), static_cast<std::size_t>(size)}, {}};
}

Sent send(int socket, std::string_view bytes) noexcept {
    ssize_t size = 0;
    do
        size = ::send(socket, bytes.data(), bytes.size(), no_signal | MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return {0, system_error(errno)};
    return {static_cast<std::size_t>(size), {}};
}

bool is_shortage(error_code error) noexcept {
    auto const is = [error](int number) { return error == system_error(number); };
    return is(EMFILE) || is(ENFILE) || is(ENOBUFS) || is(ENOMEM) || is(EADDRNOTAVAIL);
}

} // namespace e2b::net
