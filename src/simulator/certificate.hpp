#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace e2b::sim {

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// An authority made for one simulator, and a server's certificate that it signed. EC P-256 both.
struct Identity {
    std::string ca_pem;
    Certificate certificate;
    Key key;

    /// The certificate is valid for these host names and addresses. Throws `std::runtime_error`.
    static Identity make(std::vector<std::string> const& names);
};

/// What OpenSSL's queue of errors holds, after `what`. The queue is empty then.
[[nodiscard]] std::string openssl_error(std::string const& what);

} // namespace e2b::sim
