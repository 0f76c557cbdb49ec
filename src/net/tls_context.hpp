#pragma once

#include <e2b/config.hpp>

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace e2b::net {

struct OpenSslDeleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter>;

// What OpenSSL has to say about the last failure, as text; empties its queue of errors.
[[nodiscard]] std::string take_openssl_errors();

// Everything about TLS that a client's connections share. The context does not change once it was made; what
// does change is the session that the newest connection left for the next one to resume.
class TlsContext {
public:
    // `host` as in core::Url. Throws ConfigError for a field of `tls` that cannot be used.
    TlsContext(TlsConfig const& config, std::string host, bool host_is_address);
    TlsContext(TlsContext const&) = delete;
    TlsContext& operator=(TlsContext const&) = delete;

    // What of the trusted certificates was passed over, a sentence each.
    [[nodiscard]] std::vector<std::string> const& warnings() const noexcept { return warnings_; }

    // A connection's own state: set up for the host, with the session to resume if there is one. Throws
    // bad_alloc.
    [[nodiscard]] OpenSslPtr<SSL> new_connection();

    // A handshake failed: it may have been over the session.
    void forget_session() noexcept { session_.reset(); }

    // After a handshake: the server's key is one of the pinned ones (or none are).
    [[nodiscard]] bool pin_matches(SSL* ssl) const;

private:
    void load_client_certificate(TlsConfig const& config);
    static int keep_session(SSL* ssl, SSL_SESSION* session);

    std::string host_;
    bool host_is_address_;
    bool verify_;
    std::vector<std::string> pins_;
    std::vector<std::string> warnings_;
    OpenSslPtr<SSL_CTX> context_;
    OpenSslPtr<SSL_SESSION> session_;
};

} // namespace e2b::net
