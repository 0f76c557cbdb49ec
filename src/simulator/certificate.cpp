#include "simulator/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace e2b::sim {
namespace {

constexpr long one_day = 24 * 60 * 60;
constexpr long lifetime = 365 * one_day;

void require(bool succeeded, char const* what) {
    if (!succeeded)
        throw std::runtime_error(openssl_error(what));
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "cannot make a key");
    return key;
}

void set_name(X509_NAME* name, char const* common_name) {
    auto const* const text = reinterpret_cast<unsigned char const*>(common_name);
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "cannot set a name");
}

// A certificate without extensions, not signed yet.
Certificate make_certificate(char const* common_name, EVP_PKEY* key) {
    Certificate certificate(X509_new());
    require(certificate != nullptr, "cannot make a certificate");
    X509* const x = certificate.get();
    std::uint64_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random bytes");
    bool const done = X509_set_version(x, X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1 &&
                      X509_gmtime_adj(X509_getm_notBefore(x), -one_day) != nullptr &&
                      X509_gmtime_adj(X509_getm_notAfter(x), lifetime) != nullptr &&
                      X509_set_pubkey(x, key) == 1;
    require(done, "cannot fill a certificate");
    set_name(X509_get_subject_name(x), common_name);
    return certificate;
}

void add_extension(X509* certificate, X509* issuer, int kind, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr, "cannot make an extension");
    int const added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    require(added == 1, "cannot add an extension");
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "cannot set an issuer");
    require(X509_sign(certificate, issuer_key, EVP_sha256()) != 0, "cannot sign a certificate");
}

std::string to_pem(X509* certificate) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const memory(BIO_new(BIO_s_mem()), BIO_free);
    require(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "cannot write a certificate");
    char* text = nullptr;
    long const size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

bool is_address(std::string const& name) {
    std::array<unsigned char, 16> bytes;
    return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

std::string alternative_names(std::vector<std::string> const& names) {
    std::string list;
    for (std::string const& name : names)
        list += (list.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
    return list;
}

} // namespace

std::string openssl_error(std::string const& what) {
    std::string text = what;
    while (unsigned long const code = ERR_get_error()) {
        std::array<char, 256> reason;
        ERR_error_string_n(code, reason.data(), reason.size());
        text.append(": ").append(reason.data());
    }
    return text;
}

Identity Identity::make(std::vector<std::string> const& names) {
    Key const ca_key = make_key();
    Certificate const ca = make_certificate("e2b simulator authority", ca_key.get());
    X509* const issuer = ca.get();
    add_extension(issuer, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(issuer, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(issuer, issuer, NID_subject_key_identifier, "hash");
    sign(issuer, issuer, ca_key.get());

    Identity identity;
    identity.key = make_key();
    identity.certificate = make_certificate("e2b simulator", identity.key.get());
    X509* const leaf = identity.certificate.get();
    add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(leaf, issuer, NID_subject_key_identifier, "hash");
    add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always");
    add_extension(leaf, issuer, NID_subject_alt_name, alternative_names(names));
    sign(leaf, issuer, ca_key.get());
    identity.ca_pem = to_pem(issuer);
    return identity;
}

} // namespace e2b::sim
