#pragma once

#include "simulator/certificate.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace e2b::sim {

/// What all TLS connections of a simulator share. Never changed after it was made.
class TlsContext {
public:
    /// Throws `std::runtime_error`.
    explicit TlsContext(Identity identity);

    [[nodiscard]] std::string const& ca_pem() const noexcept { return ca_pem_; }

    struct FreeSsl {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    using SslPointer = std::unique_ptr<SSL, FreeSsl>;

    /// The server's side of a connection over this socket, which it does not own. Null if out of memory.
    [[nodiscard]] SslPointer accept(int socket) const;

private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };

    std::string ca_pem_;
    std::unique_ptr<SSL_CTX, FreeContext> context_;
};

} // namespace e2b::sim
