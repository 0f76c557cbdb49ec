#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;
struct ssl_session_st;

namespace e2b::test {

/// A response as it came, taken apart as far as tests need.
struct HttpResponse {
    int status = 0;
    std::string head; ///< With the empty line.
    std::string body;

    /// The value of a field, by the name's exact spelling.
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
};

/// A small blocking client on OpenSSL that sends what it is given and shows what came back, byte by byte.
///
/// Nothing blocks for more than 20 seconds. All throw `std::runtime_error`.
class TlsClient {
public:
    /// How a connection ended.
    enum class End {
        announced, ///< With close_notify.
        closed,    ///< Without; or, on plain connections, at all.
        reset,
        silent, ///< It did not, within the time.
    };
    using Session = std::shared_ptr<ssl_session_st>;

    struct Options {
        Options() {}

        /// Without it the connection is plain.
        std::string ca_pem;
        /// Verified, and sent as SNI unless it is an address.
        std::string host = "localhost";
        std::vector<std::string> protocols = {"http/1.1"}; ///< Offered by ALPN.
        int max_version = 0;                               ///< Of TLS, as OpenSSL numbers it.
        Session session;                                   ///< To be resumed.
    };

    /// Connects to 127.0.0.1 and shakes hands.
    TlsClient(std::uint16_t port, Options const& options);
    TlsClient(TlsClient const&) = delete;
    TlsClient& operator=(TlsClient const&) = delete;
    ~TlsClient();

    void send(std::string_view bytes);
    /// One response with a length, or nothing if the connection ended before its first byte. Throws if it
    /// ended later. `head_only`: the response to HEAD.
    std::optional<HttpResponse> receive(bool head_only = false);
    /// All that still comes, and how it ended.
    std::string receive_all(End& end);
    /// Exactly so many bytes; throws if fewer came.
    std::string receive_bytes(std::size_t size);
    /// Ends the connection without a word of TLS, by a reset if asked.
    void close(bool reset = false);

    /// What ALPN chose; empty if nothing.
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] int version() const;
    [[nodiscard]] bool resumed() const;
    /// Its session, once the server has sent a ticket (with TLS 1.3 it comes before the first response).
    [[nodiscard]] Session session() const;

private:
    /// More bytes into `buffer_`, or the end.
    std::optional<End> fill();

    int socket_ = -1;
    ssl_st* ssl_ = nullptr;
    std::string buffer_;
};

} // namespace e2b::test
