#include "net/receive.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace e2b::net {

using boost::system::error_code;

namespace {

// TCP's hint is the number of bytes that are left, or at least 1 after the peer's FIN. A reset it does not
// see; that shows at the next write.
bool left_nothing(msghdr& message) noexcept {
    auto const* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_TCP || header->cmsg_type != TCP_CM_INQ)
        return false;
    int left = 0;
    std::memcpy(&left, CMSG_DATA(header), sizeof left);
    return left == 0;
}

error_code error_of(ssize_t size) noexcept {
    if (size == 0)
        return boost::asio::error::eof;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

} // namespace

void learn_what_is_left(int socket) noexcept {
    int const on = 1;
    static_cast<void>(::setsockopt(socket, SOL_TCP, TCP_INQ, &on, sizeof on));
}

Received receive(int socket, std::span<char> buffer) noexcept {
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = 0;
    do
        size = ::recvmsg(socket, &message, MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size <= 0)
        return {{}, error_of(size), false};
    return {{buffer.data(), static_cast<std::size_t>(size)}, {}, left_nothing(message)};
}

} // namespace e2b::net
