#include "simulator/stream.hpp"

#include <openssl/err.h>

#include <cerrno>
#include <sys/socket.h>

namespace e2b::sim {
namespace {

Stream::Result plain_result(ssize_t result) noexcept {
    if (result > 0)
        return {Stream::Status::done, static_cast<std::size_t>(result)};
    bool const again = result < 0 && (errno == EAGAIN || errno == EINTR);
    return {again ? Stream::Status::again : Stream::Status::ended};
}

} // namespace

Stream::Stream(Descriptor socket, TlsContext const* context)
    : socket_(std::move(socket)),
      tls_(context != nullptr),
      ssl_(context != nullptr ? context->accept(socket_.get()) : nullptr) {}

Stream::Result Stream::finish(int result) {
    wants_write_ = false;
    if (result > 0)
        return {Status::done, static_cast<std::size_t>(result)};
    int const error = SSL_get_error(ssl_.get(), result);
    wants_write_ = error == SSL_ERROR_WANT_WRITE;
    if (wants_write_ || error == SSL_ERROR_WANT_READ)
        return {Status::again};
    ERR_clear_error();
    return {Status::ended};
}

Stream::Status Stream::handshake() {
    return ssl_ ? finish(SSL_accept(ssl_.get())).status : Status::ended;
}

Stream::Result Stream::read(std::span<char> buffer) {
    if (!tls_)
        return plain_result(::recv(socket_.get(), buffer.data(), buffer.size(), 0));
    return finish(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())));
}

Stream::Result Stream::write(std::string_view data) {
    if (tls_)
        return finish(SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size())));
    auto const result = plain_result(::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL));
    wants_write_ = result.status == Status::again;
    return result;
}

bool Stream::has_pending() const noexcept {
    return ssl_ && SSL_has_pending(ssl_.get()) == 1;
}

bool Stream::resumed() const noexcept {
    return ssl_ && SSL_session_reused(ssl_.get()) == 1;
}

void Stream::announce_end() {
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
}

void Stream::end_output() {
    announce_end();
    ::shutdown(socket_.get(), SHUT_WR);
}

void Stream::reset_on_close() noexcept {
    linger const now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace e2b::sim
