#include "net/channel.hpp"

namespace e2b::net {

using boost::system::error_code;
using core::StreamEnd;

StreamEnd Channel::end_of(error_code error) const noexcept {
    if (error == boost::asio::error::eof)
        return tls_.is_open() ? StreamEnd::unclean : StreamEnd::clean;
    return error == boost::asio::error::timed_out ? StreamEnd::timed_out : StreamEnd::reset;
}

std::string_view Channel::detail(StreamEnd end) const noexcept {
    bool const tls_failed = end == StreamEnd::tls_failed || end == StreamEnd::client_refused;
    return tls_failed ? std::string_view(tls_.error_text()) : std::string_view();
}

Channel::Output Channel::write(std::string_view text) {
    using Status = Output::Status;
    if (tls_.is_open()) {
        switch (tls_.write(text)) {
        case TlsStream::Status::done:
            return {Status::done, text.size(), {}};
        case TlsStream::Status::need_write:
            return {Status::need_write, 0, {}};
        case TlsStream::Status::need_input:
            return {Status::need_input, 0, {}};
        default:
            return {Status::failed, 0, tls_.socket_error()};
        }
    }
    std::size_t size = 0;
    while (size < text.size()) {
        auto const sent = send(socket_.get(), text.substr(size));
        if (sent.error == boost::asio::error::would_block)
            return {Status::need_write, size, {}};
        if (sent.error)
            return {Status::failed, size, sent.error};
        size += sent.size;
    }
    return {Status::done, size, {}};
}

Channel::Idle Channel::read_idle() {
    Buffer buffer;
    auto const received = receive(socket_.get(), buffer);
    if (received.error)
        return received.error == boost::asio::error::would_block ? Idle::nothing : Idle::spoilt;
    if (!tls_.is_open())
        return Idle::spoilt;
    tls_.put_input(received.bytes);
    return is_quiet() ? Idle::quiet : Idle::spoilt;
}

bool Channel::is_quiet() {
    if (!tls_.is_open())
        return true;
    char byte = 0;
    std::size_t size = 0;
    return tls_.read(&byte, 1, size) == TlsStream::Status::need_input;
}

} // namespace e2b::net
