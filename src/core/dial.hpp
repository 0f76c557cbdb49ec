#pragma once

#include "core/call.hpp"
#include "core/time.hpp"
#include "core/tunnel.hpp"

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

// Opening a connection failed.
struct DialFailure {
    NoConnection reason;
    bool is_final = false; // the next dial would meet the same
};

// What a connection has to be before a request may be written to it.
struct DialPlan {
    bool through_proxy = false; // the addresses are the proxy's, which is asked for a tunnel
    bool encrypted = true;
    Duration timeout{}; // from the beginning to the end
};

// How a handshake failed.
enum class HandshakeFailure : unsigned char {
    transient,      // another one may succeed
    refused,        // the peer will refuse any other as well, or does not speak TLS
    not_trusted,    // the peer's certificate, name, pin or protocol is not acceptable
    client_refused, // the peer does not accept our certificate
};

// The dial of one connection: resolve the host, connect to one of its addresses, ask the proxy for a tunnel,
// secure. Given what happened, it says what to do next, one action after the other until there is none.
//
// Addresses race as in "happy eyeballs" (RFC 8305): in the order in which they are given, the next one begins
// when the one before it has failed, or was silent for 250 ms, or for less where there are so many that the
// last would not have its turn within half of the time. The first that connects is used, whatever comes of
// it.
class Dial {
public:
    enum class Action : unsigned char {
        none,
        connect,     // begin to connect to the address of this number: `next_address()`
        open_tunnel, // close the connects that have lost, and send the proxy the request for a tunnel
        secure,      // the same, and begin the handshake
        finish,      // the same; the connection is open
        fail,        // close everything: `failure()`
    };

    Dial(DialPlan const& plan, TimePoint now) noexcept;

    // ---- What happened
    void resolved(std::size_t addresses) noexcept; // 1 or more
    void not_resolved(Errc error, boost::system::error_code cause);
    // The host has addresses, but none that may be connected to.
    void no_address_allowed(std::string detail);
    void connected(std::size_t address) noexcept;
    void connect_failed(boost::system::error_code cause, bool out_of_resources) noexcept;
    void tunnel_received(std::string_view bytes);
    void tunnel_failed(boost::system::error_code cause, std::string detail, bool by_peer);
    void secured() noexcept;
    void handshake_failed(HandshakeFailure how, boost::system::error_code cause, std::string detail);
    // The process is out of memory or of threads.
    void out_of_resources(boost::system::error_code cause);

    // ---- What to do
    // The next action. `connect` is begun by it; one that cannot be begun is to be reported as failed.
    [[nodiscard]] Action next(TimePoint now) noexcept;
    // The number of the address to connect to, from 0, in the order in which they are to be tried.
    [[nodiscard]] std::size_t next_address() const noexcept { return begun_ - 1; }
    // When `next` is to be asked although nothing has happened.
    [[nodiscard]] TimePoint wake_at() const noexcept;

    // How many addresses, from the first on, were tried.
    [[nodiscard]] std::size_t tried() const noexcept { return begun_; }
    // The address that was connected to.
    [[nodiscard]] std::optional<std::size_t> address() const noexcept { return address_; }
    // After `fail`.
    [[nodiscard]] DialFailure& failure() noexcept { return failure_; }

private:
    enum class Step : unsigned char { resolving, connecting, tunnelling, securing, open, failed, over };

    void enter(Step step) noexcept;
    void fail(Errc error, Phase phase, boost::system::error_code cause, std::string detail, bool is_final);
    void fail_in_time();
    [[nodiscard]] Action next_connect(TimePoint now) noexcept;

    DialPlan plan_;
    TimePoint deadline_;
    Duration stagger_{}; // between the addresses
    TimePoint next_connect_at_{};
    Step step_ = Step::resolving;
    bool entered_ = false; // the present step is new, and its action is still to be given
    bool out_of_resources_ = false;
    std::size_t addresses_ = 0;
    std::size_t begun_ = 0;
    std::size_t running_ = 0; // connects that were begun and have not failed
    std::optional<std::size_t> address_;
    boost::system::error_code connect_error_; // the last one
    std::unique_ptr<TunnelReply> tunnel_;
    DialFailure failure_;
};

} // namespace e2b::core
