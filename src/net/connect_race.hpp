#pragma once

#include "net/strand.hpp"
#include "net/timers.hpp"
#include "net/transport.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace e2b::net {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

// The order in which addresses are tried: the families in turn, beginning with the resolver's first choice.
[[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint>
interleave_families(std::vector<boost::asio::ip::tcp::endpoint> const& endpoints);

// Happy eyeballs (RFC 8305): tries one address after the other, beginning with the next when one failed or
// was silent for 250 ms, and takes the first that connects.
class ConnectRace final : private Timer {
public:
    class Listener {
    public:
        virtual void on_connected(Socket socket) = 0;
        // The last address has failed.
        virtual void on_connect_failed(boost::system::error_code error) = 0;

    protected:
        ~Listener() = default;
    };

    ConnectRace(Strand strand, Timers& timers, Listener& listener);
    ~ConnectRace() { cancel(); }

    // `keep_alive` is held by every handler under way, so that the race and its listener outlive them.
    void start(std::vector<boost::asio::ip::tcp::endpoint> const& endpoints, ConnectionPtr keep_alive);
    void cancel() noexcept;

private:
    void on_due() override { try_next(); }
    void try_next();
    bool begin(boost::asio::ip::tcp::endpoint const& endpoint);
    void ended(std::size_t index, boost::system::error_code error);

    Strand strand_;
    Timers& timers_;
    Listener& listener_;
    ConnectionPtr keep_alive_;
    std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
    std::vector<std::optional<Socket>> attempts_; // of endpoints_, in the same order
    std::size_t running_ = 0;
    boost::system::error_code last_error_;
};

} // namespace e2b::net
