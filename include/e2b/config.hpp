#pragma once

#include <e2b/export.hpp>
#include <e2b/log.hpp>
#include <e2b/retry_policy.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

class ClientObserver;

/// An API key: does not print, and is wiped from memory when it goes away.
class E2B_SNAPSHOT_API ApiKey {
public:
    ApiKey() = default;
    /// Takes the secret.
    ApiKey(std::string key) noexcept;
    /// The same.
    ApiKey(char const* key) : key_(key) {}
    /// Copies the secret.
    ApiKey(ApiKey const&) = default;
    /// Leaves the other one empty and wiped.
    ApiKey(ApiKey&& other) noexcept;
    /// Takes the secret, and wipes the one before.
    ApiKey& operator=(ApiKey other) noexcept;
    ~ApiKey();

    /// Whether there is none.
    [[nodiscard]] bool empty() const noexcept { return key_.empty(); }
    /// The secret itself.
    [[nodiscard]] std::string const& reveal() const noexcept { return key_; }

private:
    std::string key_;
};

/// Whom to trust, and who the client is. Immutable once a client was made from it.
struct TlsConfig {
    TlsConfig() {}

    /// PEM files and text that replace the system's trust store; all that are given are loaded.
    std::string ca_file;
    /// A directory of certificates, named by their hashes as `openssl rehash` names them.
    std::string ca_dir;
    /// The certificates themselves.
    std::string ca_pem;
    /// Load the system's trust store as well as the above.
    bool add_system_trust = false;

    /// The client's certificate chain and its key, PEM files, for servers that ask for one. Both or neither.
    std::string client_certificate_file;
    /// The key of `client_certificate_file`, without a password.
    std::string client_key_file;

    /// If not empty, the server's public key must be one of these: base64 of the SHA-256 of the
    /// SubjectPublicKeyInfo, as in `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst
    /// -sha256 -binary | base64`. In addition to the ordinary verification.
    std::vector<std::string> pinned_spki_sha256;

    /// Accepts any certificate from anybody. The connection is then open to whoever sits in the middle, and
    /// so is the API key. For tests only.
    bool insecure_skip_verification = false;
};

/// An HTTP proxy that is asked for tunnels with CONNECT. Wipes its URL, which may hold a password, from
/// memory when it goes away.
struct E2B_SNAPSHOT_API ProxyConfig {
    ProxyConfig() {}
    /// Copies the URL.
    ProxyConfig(ProxyConfig const&) = default;
    /// Leaves the other one empty and wiped.
    ProxyConfig(ProxyConfig&& other) noexcept;
    /// Takes the URL, and wipes the one before.
    ProxyConfig& operator=(ProxyConfig other) noexcept;
    ~ProxyConfig();

    /// `http://[user:password@]host[:port]`, port 80 by default; empty for none. `https://` proxies are
    /// refused.
    std::string url;
    /// Hosts that are reached without the proxy, comma-separated: `*`, a host, `.domain` for a domain and all
    /// below it, each optionally with `:port`.
    std::string no_proxy;
};

/// Everything that a client needs to know. Plain values: change what is needed, hand it over, and it is
/// checked once, by `Client`'s constructor, which throws `ConfigError` naming the field. The API key, the
/// proxy's URL and the values of headers are wiped from memory when it goes away.
struct E2B_SNAPSHOT_API ClientConfig {
    ClientConfig() {}
    /// Copies all of it.
    ClientConfig(ClientConfig const&) = default;
    /// Moves all of it.
    ClientConfig(ClientConfig&&) noexcept = default;
    /// Copies all of it.
    ClientConfig& operator=(ClientConfig const&) = default;
    /// Moves all of it.
    ClientConfig& operator=(ClientConfig&&) noexcept = default;
    ~ClientConfig();

    /// What the environment says, as the official SDKs read it:
    /// - `E2B_API_KEY`: `api_key`
    /// - `E2B_API_URL`: `base_url`; or else `E2B_DEBUG=true`: `base_url` is `http://localhost:3000`; or else
    ///   `E2B_DOMAIN`: `base_url` is `https://api.<domain>`
    /// - `SSL_CERT_FILE`, `SSL_CERT_DIR`: `tls.ca_file`, `tls.ca_dir`
    ///
    /// Variables that are empty count as not set. Proxies are not read: call `proxy_from_environment()` to
    /// opt in. Errors: none; what it yields is checked when a client is made of it.
    [[nodiscard]] static ClientConfig from_environment();

    /// Takes `HTTPS_PROXY` and `NO_PROXY` (or their lower-case forms) for an `https` base URL. Does nothing
    /// where `REQUEST_METHOD` is set, as under CGI a request's header could choose the proxy.
    void proxy_from_environment();

    /// Throws `ConfigError` for the first field that is missing or not allowed.
    void validate() const;

    /// Where the API is; `https://host[:port][/prefix]`, at most 2048 bytes. No user, query, fragment or
    /// control bytes. `http://` is taken only with `allow_plain_http`, or to this machine (127.0.0.0/8,
    /// [::1], localhost and names below it): of the addresses of such a name, only those of this machine are
    /// connected to.
    std::string base_url = "https://api.e2b.app";

    /// Sent as `X-API-Key`. Printable ASCII, at most 512 bytes. Required.
    ApiKey api_key;

    /// Whom to trust, and who the client is.
    TlsConfig tls;
    /// The proxy, if there is one.
    ProxyConfig proxy;

    /// Sends the key in the clear to any `http://` host.
    bool allow_plain_http = false;

    /// The whole call. More than 0, at most 24 h.
    std::chrono::nanoseconds timeout = std::chrono::seconds(300);
    /// One attempt, from the moment it has a connection. More than 0, at most 24 h. The default is over the
    /// platform's own limit of 80 s, so that its verdict is heard. Where it is below `platform_time_limit`,
    /// it ends the wait of the caller, not the exchange.
    std::chrono::nanoseconds attempt_timeout = std::chrono::seconds(90);
    /// How long the platform may be at work on a committed request. A call that ends earlier leaves its
    /// exchange to go on in the background for as long, from the commit on, so that nothing is hung up on;
    /// and until then no response of other endpoints proves what became of the request (`reconcile`).
    /// Range 1 s to 1 h. The default is the platform's own 80 s and a margin; some compatible servers need
    /// 250 s.
    std::chrono::nanoseconds platform_time_limit = std::chrono::seconds(90);
    /// From the resolver to the end of the TLS handshake. More than 0, at most 1 h.
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);

    /// How many connections may be open, and so how many snapshots may be in flight. Range 1 to 1'000'000.
    std::size_t max_connections = 256;
    /// How many calls may wait for others to give back a connection, before further ones fail with
    /// `pool_overflow`. Calls for which another connection can still be opened do not count. Range 0 to
    /// 10'000'000.
    std::size_t max_waiters = 100'000;
    /// An unused connection is closed after this. More than 0, at most 365 days. The platform's side keeps
    /// them for 610 s.
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds(300);
    /// A connection is not used again once it is older than this, so that DNS changes are seen. More than 0,
    /// at most 365 days.
    std::chrono::nanoseconds max_connection_age = std::chrono::seconds(600);
    /// A connection is not used again after this many requests. At least 1.
    std::size_t max_requests_per_connection = 1'000'000;

    /// Which failures are tried again.
    RetryPolicy retry;

    /// Added to every request. Names must be HTTP tokens, values printable ASCII with no space at either end.
    /// Refused are those that the library sends itself (`Host`, `X-API-Key`, `User-Agent`, `Accept`,
    /// `Content-Type`, `Content-Length`) and those that change how messages are framed or understood
    /// (`Transfer-Encoding`, `Content-Encoding`, `Accept-Encoding`, `Connection`, `Keep-Alive`, `Expect`,
    /// `TE`, `Trailer`, `Upgrade`, `Proxy-*`). At most 8 KiB in all.
    std::vector<std::pair<std::string, std::string>> headers;
    /// Printable ASCII with no space at either end, at most 512 bytes. Default: `e2b-snapshot-cpp/<version>`.
    std::string user_agent;

    /// Told about attempts and calls; see observer.hpp. None by default, and then it costs nothing.
    std::shared_ptr<ClientObserver> observer;

    /// Is given messages of what happens, in `LogRecord`s; see log.hpp. None by default, and then it costs
    /// nothing.
    LogHook log;
    /// Messages below this level are not made. Default `info`.
    LogLevel log_level = LogLevel::info;
};

} // namespace e2b::inline v0
