#include "net/trust_store.hpp"

#include "net/tls_context.hpp"

#include <e2b/error.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

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

// Loads what a configuration names, and gathers what has to be said of it.
class Loader {
public:
    explicit Loader(X509_STORE* store) : store_(store) {}

    // Yields whether there is a certificate in it. Throws ConfigError for `field` where it is there and
    // cannot be read.
    bool load_file(char const* field, std::string const& path);
    // Directories, separated by colons.
    bool load_directories(char const* field, std::string const& paths);
    bool load_text(std::string const& pem);
    void load_system();

    std::vector<std::string> warnings;

private:
    bool load_directory(char const* field, std::string const& path);
    bool load(BIO* source, std::string const& name);

    X509_STORE* store_;
};

bool is_absent(int error) {
    return error == ENOENT || error == ENOTDIR;
}

[[noreturn]] void refuse(char const* field, int error, std::string const& path) {
    throw ConfigError(field, "cannot be read: " + std::string(std::strerror(error)) + ": " + path);
}

bool Loader::load(BIO* source, std::string const& name) {
    std::size_t loaded = 0;
    std::size_t damaged = 0;
    char no_pass_phrase[] = ""; // otherwise one would be asked for on the terminal
    ERR_clear_error();
    for (;;) {
        OpenSslPtr<X509> const certificate{PEM_read_bio_X509_AUX(source, nullptr, nullptr, no_pass_phrase)};
        if (!certificate && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
            break;
        bool const usable = certificate && X509_STORE_add_cert(store_, certificate.get()) == 1;
        ++(usable ? loaded : damaged);
        ERR_clear_error();
    }
    ERR_clear_error();
    if (loaded > 0 && damaged > 0)
        warnings.push_back(name + ": " + std::to_string(damaged) + " of " + std::to_string(loaded + damaged) +
                           " certificates cannot be read and were passed over");
    return loaded > 0;
}

bool Loader::load_file(char const* field, std::string const& path) {
    errno = 0;
    OpenSslPtr<BIO> const source(BIO_new_file(path.c_str(), "r"));
    int const error = errno;
    static_cast<void>(take_openssl_errors());
    if (!source && !is_absent(error))
        refuse(field, error, path);
    return source && load(source.get(), path);
}

// OpenSSL reads a directory only when it looks for an issuer, so an empty one is noticed here or never.
bool Loader::load_directory(char const* field, std::string const& path) {
    std::error_code error;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
        auto const name = entry->path().filename().string();
        if (name.size() == 10 && name.ends_with(".0"))
            return X509_STORE_load_path(store_, path.c_str()) == 1;
    }
    if (error && !is_absent(error.value()))
        refuse(field, error.value(), path);
    return false;
}

bool Loader::load_directories(char const* field, std::string const& paths) {
    bool loaded = false;
    for (std::size_t begin = 0; begin <= paths.size();) {
        auto const end = std::min(paths.find(':', begin), paths.size());
        if (end > begin)
            loaded = load_directory(field, paths.substr(begin, end - begin)) || loaded;
        begin = end + 1;
    }
    return loaded;
}

bool Loader::load_text(std::string const& pem) {
    OpenSslPtr<BIO> const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return load(source.get(), "tls.ca_pem");
}

void Loader::load_system() {
    if (load_directory("tls", X509_get_default_cert_dir()) || load_file("tls", X509_get_default_cert_file()))
        return;
    for (auto const* bundle : bundles)
        if (load_file("tls", bundle))
            return;
    throw ConfigError(
        "tls", "the system has no trust store (on Debian: the package ca-certificates); install one or "
               "set tls.ca_file");
}

} // namespace

std::vector<std::string> load_trust_store(SSL_CTX* context, TlsConfig const& config) {
    Loader loader(SSL_CTX_get_cert_store(context));
    if (!config.ca_file.empty() && !loader.load_file("tls.ca_file", config.ca_file))
        throw ConfigError("tls.ca_file",
                          "is not there, or has no certificate in PEM form: " + config.ca_file);
    if (!config.ca_dir.empty() && !loader.load_directories("tls.ca_dir", config.ca_dir))
        throw ConfigError("tls.ca_dir",
                          "is not there, or has no certificates named by their hash (see openssl rehash): " +
                              config.ca_dir);
    if (!config.ca_pem.empty() && !loader.load_text(config.ca_pem))
        throw ConfigError("tls.ca_pem", "has no certificate in PEM form");
    bool const own_trust = !config.ca_file.empty() || !config.ca_dir.empty() || !config.ca_pem.empty();
    if (!own_trust || config.add_system_trust)
        loader.load_system();
    return std::move(loader.warnings);
}

} // namespace e2b::net
