#include "net/tls_context.hpp"

#include "net/trust_store.hpp"

#include <e2b/error.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace e2b::net {

namespace {

// ALPN's form: each name with its length before it.
constexpr std::array<unsigned char, 9> alpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string spki_sha256(X509* certificate) {
    unsigned char* encoded = nullptr;
    int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    if (size <= 0)
        return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned digest_size = 0;
    int const ok = EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), &digest_size,
                              EVP_sha256(), nullptr);
    OPENSSL_free(encoded);
    if (ok != 1)
        return {};
    std::array<unsigned char, 64> text{}; // 44 characters and a NUL
    int const length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_size));
    return {text.begin(), text.begin() + length};
}

// Asked for the pass phrase of an encrypted key, in place of OpenSSL's own asking on the terminal.
int no_pass_phrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

} // namespace

std::string take_openssl_errors() {
    std::string text;
    while (auto const code = ERR_get_error()) {
        std::array<char, 256> one{};
        ERR_error_string_n(code, one.data(), one.size());
        if (!text.empty())
            text += "; ";
        text += one.data();
    }
    return text;
}

TlsContext::TlsContext(TlsConfig const& config, std::string host, bool host_is_address)
    : host_(std::move(host)),
      host_is_address_(host_is_address),
      verify_(!config.insecure_skip_verification),
      pins_(config.pinned_spki_sha256),
      context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_)
        throw std::bad_alloc();
    auto* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Buffers are given back while a connection waits, as most do most of the time: for seconds, for a
    // snapshot.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_protos(context, alpn.data(), alpn.size());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &TlsContext::keep_session);
    SSL_CTX_set_app_data(context, this);
    if (verify_) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        warnings_ = load_trust_store(context, config);
    }
    load_client_certificate(config);
}

void TlsContext::load_client_certificate(TlsConfig const& config) {
    if (config.client_certificate_file.empty())
        return;
    auto* const context = context_.get();
    bool is_encrypted = false;
    SSL_CTX_set_default_passwd_cb(context, &no_pass_phrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &is_encrypted);
    ERR_clear_error(); // what others left would be in the texts below
    if (SSL_CTX_use_certificate_chain_file(context, config.client_certificate_file.c_str()) != 1)
        throw ConfigError("tls.client_certificate_file",
                          "cannot be read as a PEM chain: " + take_openssl_errors());
    if (SSL_CTX_use_PrivateKey_file(context, config.client_key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        auto const errors = take_openssl_errors();
        if (is_encrypted)
            throw ConfigError("tls.client_key_file", "is encrypted; only a key without a pass phrase can be "
                                                     "used (openssl pkey -in KEY -out PLAIN_KEY makes one)");
        throw ConfigError("tls.client_key_file", "cannot be read as the certificate's PEM key: " + errors);
    }
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
}

OpenSslPtr<SSL> TlsContext::new_connection() {
    OpenSslPtr<SSL> ssl(SSL_new(context_.get()));
    if (!ssl)
        throw std::bad_alloc();
    bool ready = true;
    if (host_is_address_) {
        // Addresses are matched against addresses, and are never sent as a name.
        ready = !verify_ || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str()) == 1;
    } else {
        SSL_set_hostflags(ssl.get(),
                          X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ready = SSL_set1_host(ssl.get(), host_.c_str()) == 1 &&
                SSL_set_tlsext_host_name(ssl.get(), host_.c_str()) == 1;
    }
    if (!ready)
        throw std::bad_alloc();
    if (session_)
        SSL_set_session(ssl.get(), session_.get());
    SSL_set_connect_state(ssl.get());
    return ssl;
}

bool TlsContext::pin_matches(SSL* ssl) const {
    if (pins_.empty())
        return true;
    OpenSslPtr<X509> const certificate(SSL_get1_peer_certificate(ssl));
    if (!certificate)
        return false;
    auto const pin = spki_sha256(certificate.get());
    return !pin.empty() && std::ranges::find(pins_, pin) != pins_.end();
}

int TlsContext::keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* const self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    self->session_.reset(session);
    return 1; // the reference is ours
}

} // namespace e2b::net
