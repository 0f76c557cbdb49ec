#pragma once

#include <string>
#include <vector>

namespace e2b::test {

/// A certificate with its key, both as PEM text: what a server or a client shows, or what signs others.
struct Identity {
    std::string certificate; ///< the own one first, then those above it
    std::string key;
};

struct CertificateSpec {
    CertificateSpec() = default;

    std::string common_name = "a test certificate";
    /// As OpenSSL writes them: `DNS:host`, `IP:address`.
    std::vector<std::string> alternative_names;
    /// Of the extended key usage.
    std::string usage = "serverAuth";
    bool is_authority = false;
    /// In seconds from now.
    long valid_from = -24 * 3600;
    long valid_until = 24 * 3600;
};

/// A root that signs itself. The key is Ed25519, so that handshakes always have the same length.
[[nodiscard]] Identity make_authority(std::string const& common_name = "a test authority");

/// A certificate with a new key, signed by `issuer`'s key, whether or not it may do so.
[[nodiscard]] Identity issue(Identity const& issuer, CertificateSpec const& spec);

/// A server's certificate for one alternative name.
[[nodiscard]] Identity issue_for(Identity const& issuer, std::string const& alternative_name);

/// The pin of a certificate's key as `TlsConfig::pinned_spki_sha256` has it.
[[nodiscard]] std::string pin_of(Identity const& identity);

} // namespace e2b::test
