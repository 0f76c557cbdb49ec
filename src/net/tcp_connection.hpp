#pragma once

#include "core/tunnel.hpp"
#include "net/connect_race.hpp"
#include "net/handler_memory.hpp"
#include "net/http1.hpp"
#include "net/origin.hpp"
#include "net/tls_stream.hpp"
#include "net/transport.hpp"

#include <array>
#include <memory>
#include <optional>

namespace e2b::net {

// A connection over TCP, with TLS or without. From the end of its dial to its own end it has exactly one read
// under way: while it is idle that read sees the peer's close, and during an exchange it brings the answer.
class TcpConnection final : public Connection,
                            private Resolver::Waiter,
                            private ConnectRace::Listener,
                            private Timer {
public:
    TcpConnection(Origin& origin, ConnectionOwner& owner);
    ~TcpConnection() override;

    void start();

    bool look() override;
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
    void arm_read();
    void on_read(boost::system::error_code error, std::size_t size);
    void wait_writable();
    void on_writable(boost::system::error_code error);
    [[nodiscard]] Stream take_plaintext(std::string_view received);
    [[nodiscard]] bool quiet(std::string_view received);

    // The exchange.
    void write_request();
    void write_plain();
    void commit();
    void deliver(std::string_view bytes);
    void after_input(Stream stream, boost::system::error_code error);
    void end_of_stream(bool clean);
    void write_failed(boost::system::error_code cause);
    void end_with_error(Errc error, boost::system::error_code cause, std::string_view detail);
    void end_with_answer(bool keep, bool cut_unsafely);
    [[nodiscard]] core::AttemptFacts facts() const noexcept;
    void lose();

    Origin& origin_;
    ConnectionOwner* owner_;
    ExchangeListener* listener_ = nullptr;
    State state_ = State::resolving;
    bool reading_ = false;
    bool waiting_writable_ = false;
    bool committed_ = false;
    bool written_ = false;
    bool answered_ = false;  // the answer is complete
    bool left_over_ = false; // bytes after the answer
    core::TimePoint committed_at_{};
    std::size_t plain_sent_ = 0;
    Socket socket_;
    TlsStream tls_;
    ResponseReader reader_;
    std::unique_ptr<ConnectRace> race_;
    std::unique_ptr<core::TunnelReply> tunnel_;
    HandlerMemory<256> read_memory_;
    std::array<char, 4096> input_;
};

} // namespace e2b::net
