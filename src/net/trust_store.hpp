#pragma once

#include <e2b/config.hpp>

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace e2b::net {

// Fills the context's trust store from the configuration. Yields what was passed over, a sentence each.
// Throws ConfigError for a source that cannot be read or has no certificate, and where the system has no
// trust store at all.
std::vector<std::string> load_trust_store(SSL_CTX* context, TlsConfig const& config);

} // namespace e2b::net
