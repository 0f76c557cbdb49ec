#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace e2b::test {

/// How a peer ends a connection.
enum class Ending : unsigned char {
    close_notify, ///< TLS's goodbye, then TCP's
    fin,          ///< TCP's goodbye only
    rst,
    stall, ///< not at all: it goes silent until the client hangs up
};

/// Thrown out of a script whose client went away, or whose server is stopped.
struct PeerGone {};

/// Wakes whoever waits for a descriptor, for good.
class StopSignal {
public:
    StopSignal();
    StopSignal(StopSignal const&) = delete;
    StopSignal& operator=(StopSignal const&) = delete;
    ~StopSignal();

    void raise() noexcept;
    /// Waits for an event of `poll` on a descriptor; false once raised.
    [[nodiscard]] bool wait(int descriptor, short events) const;
    [[nodiscard]] bool raised() const noexcept { return raised_; }

private:
    int pipe_[2];
    std::atomic<bool> raised_ = false;
};

/// What the peers of one server have seen in all.
struct PeerCounters {
    std::atomic<unsigned> connections = 0;
    std::atomic<unsigned> handshakes = 0;
    std::atomic<unsigned> resumed = 0;
    std::atomic<unsigned> posts = 0;
    std::atomic<unsigned> finished = 0;

    void add_received(std::string_view bytes);
    [[nodiscard]] std::string received() const;

private:
    mutable std::mutex mutex_;
    std::string received_;
};

/// A server's end of one connection, as a script uses it: every function waits until it is done, and throws
/// PeerGone if that cannot be any more.
class Peer {
public:
    Peer(int descriptor, unsigned number, SSL_CTX* context, PeerCounters& counters, StopSignal const& stop);
    Peer(Peer const&) = delete;
    Peer& operator=(Peer const&) = delete;
    ~Peer();

    /// How many connections the server had accepted before this one.
    [[nodiscard]] unsigned number() const noexcept { return number_; }
    /// How many bytes have left through the socket.
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

    /// From here on the functions below speak TLS.
    void handshake();
    /// Head and body, whole.
    std::string read_request();
    /// A head without a body, as a proxy gets it.
    std::string read_head();
    /// With TLS, in one record.
    void send(std::string_view text);
    /// The first bytes of what `send` would send; the rest follows only with the next function.
    void send_beginning(std::string_view text, std::size_t size);
    void send_rest();
    void send_close_notify();
    /// TLS 1.3's, as a server may send it at any time.
    void send_ticket();
    /// The first of the two records of a ticket; `send_rest` sends the other.
    void send_beginning_of_ticket();

    /// Below TLS.
    void send_raw(std::string_view bytes);
    /// Waits until something arrives from the client and reads it off the socket, undecrypted.
    void read_some_raw();
    /// Waits until something has arrived from the client, and leaves it where it is.
    void wait_for_input() const;

    /// Lets so many bytes more leave through the socket, then ends like that in the middle of whatever is
    /// being sent.
    void cut_output_after(std::size_t bytes, Ending ending);
    /// Nothing more will be sent, says TCP.
    void shut_down();
    /// The last thing in a script.
    void end(Ending ending);
    /// Does nothing until it is so.
    void wait_until(std::function<bool()> const& done) const;
    /// Does nothing until the client hangs up.
    void stall();

    /// The client's socket, which is in this same process.
    [[nodiscard]] int client_socket() const;
    /// It holds hardly anything that is not acknowledged.
    void shrink_client_send_buffer() const;

private:
    template <class Operation>
    bool drive(Operation operation);
    void flush();
    bool receive(std::string& bytes);
    bool fill();
    void drain();

    int descriptor_;
    unsigned number_;
    SSL_CTX* context_;
    PeerCounters& counters_;
    StopSignal const& stop_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
    std::string plaintext_; // received and not yet asked for
    std::string rest_;      // to be sent, encrypted
    std::size_t sent_ = 0;
    std::size_t limit_ = static_cast<std::size_t>(-1);
    Ending at_limit_ = Ending::fin;
};

} // namespace e2b::test
