#pragma once

#include "net/tls_context.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::net {

// TLS over a non-blocking socket, without waiting for anything: what it sends goes straight to the socket,
// and what it reads was put in by the reader of the socket. Says when the caller has to wait for the one or
// the other.
class TlsStream {
public:
    enum class Status : unsigned char {
        done,
        need_input, // put more in
        need_write, // wait until the socket can be written, then call again with the same arguments
        closed,     // the peer said close_notify
        failed,     // see error()
    };
    enum class Error : unsigned char {
        none,
        socket,      // sending failed: see socket_error()
        verify,      // the peer is not whom we want to talk to, or speaks too old a protocol
        client_auth, // the peer wants another client certificate
        refused,     // the peer refuses every handshake like this one, or does not speak TLS
        other,
    };

    TlsStream() = default;
    TlsStream(TlsStream const&) = delete;
    TlsStream& operator=(TlsStream const&) = delete;
    ~TlsStream();

    // Begins a connection over the socket, which stays the caller's. Throws bad_alloc.
    void open(TlsContext& context, int socket);
    [[nodiscard]] bool is_open() const noexcept { return ssl_ != nullptr; }

    // What was received; read by the functions below, and gone once they say `need_input`.
    void put_input(std::string_view bytes) noexcept { input_ = bytes; }
    [[nodiscard]] bool has_input() const noexcept { return !input_.empty(); }

    [[nodiscard]] Status handshake();
    // One record. `done`: the kernel has all of its ciphertext; anything else: the peer can decrypt none of
    // it.
    [[nodiscard]] Status write(std::string_view bytes);
    [[nodiscard]] Status read(char* buffer, std::size_t capacity, std::size_t& received);
    // Says close_notify if that can be done at once.
    void shut_down() noexcept;
    // No part of a record, or of a message of TLS's own, has been received that is still to be completed.
    [[nodiscard]] bool between_messages() const noexcept;

    [[nodiscard]] Error error() const noexcept { return error_; }
    [[nodiscard]] boost::system::error_code socket_error() const noexcept { return socket_error_; }
    [[nodiscard]] std::string const& error_text() const noexcept { return error_text_; }
    [[nodiscard]] bool resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
    [[nodiscard]] bool has_plaintext() const noexcept { return SSL_pending(ssl_.get()) > 0; }

private:
    friend struct TlsStreamBio;

    static int certificate_asked_for(SSL* ssl, void* stream) noexcept;
    [[nodiscard]] bool refuses_client_certificate(int reason) const noexcept;
    [[nodiscard]] Status status_of(int result);
    void fail(Error error);

    TlsContext* context_ = nullptr;
    OpenSslPtr<SSL> ssl_;
    int socket_ = -1;
    std::string_view input_;
    boost::system::error_code socket_error_;
    Error error_ = Error::none;
    bool asked_for_certificate_ = false;
    std::string error_text_;
};

} // namespace e2b::net
