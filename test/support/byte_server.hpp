#pragma once

#include "support/peer.hpp"
#include "support/test_ca.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace e2b::test {

/// How a server speaks TLS.
struct ServerTls {
    explicit ServerTls(Identity shown) : identity(std::move(shown)) {}

    Identity identity;
    /// If not empty: asks for a client's certificate, and refuses clients without one that this signed.
    std::string client_authority;
    int min_version = 0; ///< as OpenSSL numbers them; 0 for its own default
    int max_version = 0;
    /// How many session tickets a TLS 1.3 handshake is followed by; 0 also ends resumption with TLS 1.2.
    std::size_t tickets = 2;
};

/// A server on the loopback address that does with each connection what a script says, on a thread of the
/// connection's own. Its counters may be read from any thread. The destructor ends every script.
class ByteServer {
public:
    using Script = std::function<void(Peer&)>;

    /// Without `tls` the scripts speak in the clear. A `receive_buffer` of 0 leaves its size to the system.
    ByteServer(std::optional<ServerTls> tls, Script script, int receive_buffer = 0);
    ByteServer(ByteServer const&) = delete;
    ByteServer& operator=(ByteServer const&) = delete;
    ~ByteServer();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] unsigned connections() const noexcept { return counters_.connections; }
    [[nodiscard]] unsigned handshakes() const noexcept { return counters_.handshakes; }
    [[nodiscard]] unsigned resumed() const noexcept { return counters_.resumed; }
    /// POST requests that arrived whole and could be read.
    [[nodiscard]] unsigned posts() const noexcept { return counters_.posts; }
    /// Scripts that have come to their end.
    [[nodiscard]] unsigned finished() const noexcept { return counters_.finished; }
    /// Every byte that came out of the sockets, encrypted or not.
    [[nodiscard]] std::string received() const { return counters_.received(); }

private:
    void accept_all();
    void serve(int descriptor, unsigned number);

    Script script_;
    PeerCounters counters_;
    std::shared_ptr<SSL_CTX> context_;
    StopSignal stop_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<std::thread> connections_; // the accepting thread's
    std::thread acceptor_;
};

/// A port on the loopback address at which connections are refused.
class RefusingPort {
public:
    RefusingPort();
    RefusingPort(RefusingPort const&) = delete;
    RefusingPort& operator=(RefusingPort const&) = delete;
    ~RefusingPort();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    std::uint16_t port_ = 0;
    int descriptor_;
};

/// A port on the loopback address at which connections are neither accepted nor refused: the queue of its
/// listener is full.
class BlackHole {
public:
    BlackHole();
    BlackHole(BlackHole const&) = delete;
    BlackHole& operator=(BlackHole const&) = delete;
    ~BlackHole();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    std::uint16_t port_ = 0;
    int listener_;
    std::vector<int> fillers_;
};

} // namespace e2b::test
