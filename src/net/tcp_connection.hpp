#pragma once

#include "core/exchange.hpp"
#include "net/channel.hpp"
#include "net/origin.hpp"
#include "net/tcp_dial.hpp"
#include "net/transport.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace e2b::net {

// A connection over TCP, with TLS or without: dialed by TcpDial, and then idle or used by one exchange after
// the other, each of which core::Exchange decides.
//
// From the end of its dial to its own end it is notified when the socket becomes readable: while it is idle
// that shows the peer's close, and during an exchange it brings the response. It is notified and then reads,
// rather than having a read under way, because a read that is over before its handler runs has taken the
// bytes to where no stale check sees them: what came before a request would be taken for its response.
class TcpConnection final : public Connection, private TcpDial::Listener, private SocketListener {
public:
    TcpConnection(Origin& origin, ConnectionOwner& owner) : origin_(origin), owner_(&owner) {}

    void dial() override;
    bool is_stale() override;
    void exchange(ExchangeListener& listener) override;
    void hand_over(ExchangeListener& listener) noexcept override { listener_ = &listener; }
    bool is_committed() const noexcept override { return exchange_.is_committed(); }
    core::ExchangeEnd given_up(Errc why) const noexcept override;
    void close() noexcept override;
    bool resumed() const noexcept override { return origin_.tls && channel_->tls().resumed(); }

private:
    enum class State : unsigned char { dialing, idle, exchanging, ended, closed };

    void on_dialed(std::unique_ptr<Channel> channel) override;
    void on_dial_failed(core::DialFailure failure) override;

    void on_readable() override;
    void on_writable() override;
    void read_idle();
    void lose();

    void write_request();
    [[nodiscard]] Channel::Input read();
    void read_response();
    void write_failed(boost::system::error_code cause);
    void end(core::ExchangeEnd& end);

    Origin& origin_;
    ConnectionOwner* owner_;
    ExchangeListener* listener_ = nullptr; // of the running exchange
    State state_ = State::dialing;
    unsigned idle_reads_ = 0; // since the last exchange
    std::size_t sent_ = 0;    // of the request, in the clear
    std::unique_ptr<TcpDial> dial_;
    std::unique_ptr<Channel> channel_; // once dialed
    core::Exchange exchange_;
};

} // namespace e2b::net
