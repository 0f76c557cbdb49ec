#pragma once

#include "core/dial.hpp"
#include "net/channel.hpp"
#include "net/origin.hpp"
#include "net/transport.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace e2b::net {

// Carries out what core::Dial says, until a connection is open. Closes everything when it is destroyed, after
// which the listener is not notified any more.
class TcpDial final : private Resolver::Waiter, private SocketListener, private Timer {
public:
    // Either is called once, and may destroy the dial.
    class Listener {
    public:
        virtual void on_dialed(std::unique_ptr<Channel> channel) = 0;
        virtual void on_dial_failed(core::DialFailure failure) = 0;

    protected:
        ~Listener() = default;
    };

    TcpDial(Origin& origin, Listener& listener);
    TcpDial(TcpDial const&) = delete;
    TcpDial& operator=(TcpDial const&) = delete;
    ~TcpDial();

    // The listener may be notified from within.
    void begin();
    // So far.
    [[nodiscard]] DialTimes const& times() const noexcept { return times_; }

private:
    using Endpoint = boost::asio::ip::tcp::endpoint;

    // One of the sockets that race.
    class Connect final : public SocketListener {
    public:
        Connect(TcpDial& dial, std::size_t number, base::Descriptor socket)
            : channel(std::make_unique<Channel>(dial.origin_.poller, std::move(socket))),
              dial_(dial),
              number_(number) {}

        void on_readable() override { dial_.on_connected(number_); }
        void on_writable() override { dial_.on_connected(number_); }

        std::unique_ptr<Channel> channel;

    private:
        TcpDial& dial_;
        std::size_t number_;
    };

    void on_resolved(Resolved const& resolved) override;
    void on_due() override;
    void on_readable() override;
    void on_writable() override;
    void on_connected(std::size_t number);

    template <class Event>
    void handle(Event event);
    void carry_out_all();
    void carry_out(core::Dial::Action action);
    void take_addresses(Resolved const& resolved);
    void connect(std::size_t number);
    void connect_ended(std::size_t number, boost::system::error_code error);
    void keep_winner() noexcept;
    void open_tunnel();
    void secure();
    void drive_handshake();
    void finish() noexcept;
    void fail() noexcept;
    [[nodiscard]] bool remember_failure() noexcept;
    void name_proxy(core::NoConnection& reason) const noexcept;
    // A step is over, that began where the one before it ended.
    void note(core::Duration& step) noexcept;

    Origin& origin_;
    Listener& listener_;
    core::Dial dial_;
    std::vector<Endpoint> addresses_;                // in the order in which they are tried
    std::vector<std::unique_ptr<Connect>> connects_; // of the addresses; null where it has ended
    std::unique_ptr<Channel> channel_;               // once connected
    DialTimes times_;
    core::TimePoint noted_at_;
};

} // namespace e2b::net
