#include "net/trust_store.hpp"

#include "net/tls_context.hpp"

#include <e2b/error.hpp>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <filesystem>
#include <system_error>

namespace e2b::net {

namespace {

namespace fs = std::filesystem;

// The bundles of the distributions, tried where OpenSSL's own default place has nothing.
constexpr std::array bundles = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

// OpenSSL reads a directory only when it looks for an issuer, so an empty one is noticed here or never.
bool has_hashed_certificate(fs::path const& directory) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
        if (auto const name = entry->path().filename().string(); name.size() == 10 && name.ends_with(".0"))
            return true;
    return false;
}

bool load_file(X509_STORE* store, char const* path) {
    bool const loaded = X509_STORE_load_file(store, path) == 1;
    static_cast<void>(take_openssl_errors());
    return loaded;
}

void load_system(X509_STORE* store) {
    char const* const directory = X509_get_default_cert_dir();
    if (has_hashed_certificate(directory) && X509_STORE_load_path(store, directory) == 1)
        return;
    if (load_file(store, X509_get_default_cert_file()))
        return;
    for (auto const* bundle : bundles)
        if (load_file(store, bundle))
            return;
    throw ConfigError(
        "tls", "the system has no trust store (on Debian: the package ca-certificates); install one or "
               "set tls.ca_file");
}

void load_text(X509_STORE* store, std::string const& pem) {
    OpenSslPtr<BIO> const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int loaded = 0;
    char no_pass_phrase[] = ""; // otherwise one would be asked for on the terminal
    while (OpenSslPtr<X509> const certificate{
        PEM_read_bio_X509(source.get(), nullptr, nullptr, no_pass_phrase)}) {
        if (X509_STORE_add_cert(store, certificate.get()) == 1)
            ++loaded;
    }
    static_cast<void>(take_openssl_errors());
    if (loaded == 0)
        throw ConfigError("tls.ca_pem", "has no certificate in PEM form");
}

} // namespace

void load_trust_store(SSL_CTX* context, TlsConfig const& config) {
    auto* const store = SSL_CTX_get_cert_store(context);
    if (!config.ca_file.empty() && !load_file(store, config.ca_file.c_str()))
        throw ConfigError("tls.ca_file",
                          "cannot be read, or has no certificate in PEM form: " + config.ca_file);
    if (!config.ca_dir.empty()) {
        if (!has_hashed_certificate(config.ca_dir) || X509_STORE_load_path(store, config.ca_dir.c_str()) != 1)
            throw ConfigError(
                "tls.ca_dir",
                "cannot be read, or has no certificates named by their hash (see openssl rehash): " +
                    config.ca_dir);
    }
    if (!config.ca_pem.empty())
        load_text(store, config.ca_pem);
    bool const own_trust = !config.ca_file.empty() || !config.ca_dir.empty() || !config.ca_pem.empty();
    if (!own_trust || config.add_system_trust)
        load_system(store);
}

} // namespace e2b::net
