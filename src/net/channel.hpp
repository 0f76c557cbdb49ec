#pragma once

#include "core/exchange.hpp"
#include "net/socket.hpp"
#include "net/tls_stream.hpp"
#include "net/watched_socket.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace e2b::net {

// A connected socket as a stream of plaintext, with TLS or without. Nothing here waits.
class Channel {
public:
    using Buffer = std::array<char, 4096>;

    // What came of a read.
    struct Input {
        bool blocked = false; // nothing has arrived
        core::StreamEnd end = core::StreamEnd::none;
        boost::system::error_code cause;
    };
    // What came of a write.
    struct Output {
        enum class Status : unsigned char {
            done,
            need_write, // once the socket takes more, go on with the rest (over TLS: with the same text)
            need_input, // go on after the next read
            failed,
        };
        Status status = Status::done;
        std::size_t size = 0; // over TLS all or nothing: the peer cannot decrypt a part
        boost::system::error_code cause;
    };
    // What a read on an unused connection found.
    enum class Idle : unsigned char {
        nothing, // nothing has arrived
        quiet,   // at most session tickets
        spoilt,  // anything else: plaintext, an end, an error
    };

    Channel(std::shared_ptr<SocketPoller> poller, base::Descriptor socket)
        : socket_(std::move(poller), std::move(socket)) {}

    [[nodiscard]] WatchedSocket& socket() noexcept { return socket_; }

    // From now on all is encrypted. Throws bad_alloc.
    void start_tls(TlsContext& context) { tls_.open(context, socket_.get()); }
    [[nodiscard]] TlsStream& tls() noexcept { return tls_; }
    [[nodiscard]] TlsStream const& tls() const noexcept { return tls_; }

    // Takes what has arrived, at most a buffer of it, and gives the plaintext to `sink(std::string_view)`.
    template <class Sink>
    [[nodiscard]] Input read(Sink&& sink) {
        Buffer buffer;
        auto const received = receive(socket_.get(), buffer);
        if (received.error == boost::asio::error::would_block)
            return {true, core::StreamEnd::none, {}};
        if (received.error)
            return {false, end_of(received.error), received.error};
        if (tls_.is_open())
            return {false, decrypt(received.bytes, std::forward<Sink>(sink)), {}};
        sink(received.bytes);
        return {};
    }
    // Why TLS failed, where `end` says so.
    [[nodiscard]] std::string_view detail(core::StreamEnd end) const noexcept;

    [[nodiscard]] Output write(std::string_view text);

    // Reads on an unused connection.
    [[nodiscard]] Idle read_idle();
    // What TLS already has of the peer's is at most session tickets, too.
    [[nodiscard]] bool is_quiet();
    // No message of TLS's is half there. What it turns out to be could be taken for the next response, and in
    // the middle of a session ticket nothing can be written.
    [[nodiscard]] bool is_between_messages() const noexcept {
        return !tls_.is_open() || tls_.between_messages();
    }
    // Says goodbye, if that can be done at once.
    void shut_down() noexcept { tls_.shut_down(); }

private:
    [[nodiscard]] core::StreamEnd end_of(boost::system::error_code error) const noexcept;

    template <class Sink>
    [[nodiscard]] core::StreamEnd decrypt(std::string_view received, Sink&& sink) {
        tls_.put_input(received);
        Buffer plaintext;
        do {
            std::size_t size = 0;
            switch (tls_.read(plaintext.data(), plaintext.size(), size)) {
            case TlsStream::Status::done:
                sink(std::string_view(plaintext.data(), size));
                break;
            case TlsStream::Status::closed:
                return core::StreamEnd::clean;
            case TlsStream::Status::failed:
                return tls_.error() == TlsStream::Error::client_auth ? core::StreamEnd::client_refused
                                                                     : core::StreamEnd::tls_failed;
            default:
                return core::StreamEnd::none;
            }
        } while (tls_.has_input() || tls_.has_plaintext());
        return core::StreamEnd::none;
    }

    WatchedSocket socket_;
    TlsStream tls_;
};

} // namespace e2b::net
