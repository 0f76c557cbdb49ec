#pragma once

#include "simulator/descriptor.hpp"
#include "simulator/tls_context.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace e2b::sim {

/// A connection's bytes over a non-blocking socket, with TLS or without.
class Stream {
public:
    enum class Status {
        done,
        again, ///< Nothing more until the socket is ready: wait for it, for writing as well if
               ///< `wants_write()`.
        ended, ///< The peer closed, or the connection broke.
    };
    struct Result {
        Status status;
        std::size_t size = 0; ///< If done: how many bytes.
    };

    /// Without a context: no TLS.
    Stream(Descriptor socket, TlsContext const* context);

    /// Precondition: `encrypted()`.
    Status handshake();
    Result read(std::span<char> buffer);
    Result write(std::string_view data);
    /// Whether bytes wait here that the socket no longer shows.
    [[nodiscard]] bool has_pending() const noexcept;
    [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

    [[nodiscard]] bool encrypted() const noexcept { return tls_; }
    [[nodiscard]] bool resumed() const noexcept;
    [[nodiscard]] int socket() const noexcept { return socket_.get(); }

    /// Tells the peer, through TLS, that nothing more comes.
    void announce_end();
    /// The same, and on the socket as well. It can still be read from.
    void end_output();
    /// Makes the close of the socket a reset.
    void reset_on_close() noexcept;

private:
    Result finish(int result);

    Descriptor socket_;
    bool tls_;
    TlsContext::SslPointer ssl_;
    bool wants_write_ = false;
};

} // namespace e2b::sim
