#pragma once

#include "core/tunnel.hpp"
#include "net/connect_race.hpp"
#include "net/descriptor.hpp"
#include "net/http1.hpp"
#include "net/origin.hpp"
#include "net/socket_poller.hpp"
#include "net/tls_stream.hpp"
#include "net/transport.hpp"

#include <array>
#include <memory>
#include <optional>

namespace e2b::net {

// A connection over TCP, with TLS or without. From the moment it is connected to its end it is told when the
// socket becomes readable: while it is idle that shows the peer's close, and during an exchange it brings the
// answer. It is told and then reads, rather than having a read under way, because a read that is over before
// its handler runs has taken the bytes to where nobody can look for them: what came before a request would be
// taken for its answer.
class TcpConnection final : public Connection,
                            private Resolver::Waiter,
                            private ConnectRace::Listener,
                            private SocketPoller::Listener,
                            private Timer {
public:
    TcpConnection(Origin& origin, ConnectionOwner& owner);
    ~TcpConnection() override;

    void start();

    bool look() override;
    bool left_nothing() const noexcept override { return left_nothing_ && !holds_part_of_message(); }
    void exchange(ExchangeListener& listener) override;
    bool committed() const noexcept override { return committed_; }
    ExchangeEnd abort(Errc why) override;
    void close() noexcept override;
    bool resumed() const noexcept override { return origin_.tls && tls_.resumed(); }

private:
    enum class State : unsigned char {
        resolving,
        connecting,
        tunnelling,
        handshaking,
        idle,
        exchanging,
        ended,
        closed
    };

    using InputBuffer = std::array<char, 4096>;

    // What is seen of the stream of bytes after some were read.
    enum class Stream : unsigned char { open, ended, failed };

    // The dial.
    void on_due() override;
    void on_resolved(Resolved const& resolved) override;
    void on_connected(Socket socket) override;
    void on_connect_failed(boost::system::error_code error) override;
    void open_tunnel();
    void tunnel_bytes(std::string_view bytes);
    void secure();
    void drive_handshake();
    void dialed();
    void fail_dial(Errc error, Phase phase, boost::system::error_code cause, std::string detail,
                   bool is_final);

    // The socket.
    bool on_readable() override;
    void on_writable() override;
    void on_received(std::string_view bytes, boost::system::error_code error);
    void wait_writable();
    [[nodiscard]] Stream take_plaintext(std::string_view received);
    [[nodiscard]] bool quiet(std::string_view received);
    [[nodiscard]] bool holds_part_of_message() const noexcept;

    // The exchange.
    void write_request();
    void write_plain();
    void commit();
    void deliver(std::string_view bytes);
    void after_input(Stream stream, boost::system::error_code error);
    void end_of_stream(bool clean);
    void write_failed(boost::system::error_code cause);
    [[nodiscard]] bool read_last_words();
    void end_with_error(Errc error, boost::system::error_code cause, std::string_view detail);
    void end_with_answer(bool keep, bool cut_unsafely);
    [[nodiscard]] core::AttemptFacts facts() const noexcept;
    void lose();

    Origin& origin_;
    ConnectionOwner* owner_;
    ExchangeListener* listener_ = nullptr;
    State state_ = State::resolving;
    bool waiting_writable_ = false;
    bool left_nothing_ = false; // the last read, in the socket
    bool committed_ = false;
    bool written_ = false;
    bool answered_ = false;   // the answer is complete
    bool left_over_ = false;  // bytes after the answer
    unsigned idle_reads_ = 0; // since the last exchange
    core::TimePoint committed_at_{};
    std::size_t plain_sent_ = 0;
    Descriptor socket_;
    TlsStream tls_;
    ResponseReader reader_;
    std::unique_ptr<ConnectRace> race_;
    std::unique_ptr<core::TunnelReply> tunnel_;
};

} // namespace e2b::net
