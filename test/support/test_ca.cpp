#include "support/test_ca.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>

namespace e2b::test {

namespace {

struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

void require(bool done, char const* what) {
    if (!done)
        throw std::runtime_error(std::string("test certificate: ") + what);
}

Owned<BIO> source_of(std::string const& pem) {
    return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Owned<X509> certificate_of(Identity const& identity) {
    Owned<X509> certificate(
        PEM_read_bio_X509(source_of(identity.certificate).get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "reading a certificate");
    return certificate;
}

Owned<EVP_PKEY> key_of(Identity const& identity) {
    Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(source_of(identity.key).get(), nullptr, nullptr, nullptr));
    require(key != nullptr, "reading a key");
    return key;
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Identity to_pem(X509* certificate, EVP_PKEY* key) {
    Owned<BIO> const first(BIO_new(BIO_s_mem()));
    Owned<BIO> const second(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(first.get(), certificate) == 1, "writing a certificate");
    require(PEM_write_bio_PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "writing a key");
    return {text_of(first.get()), text_of(second.get())};
}

void extend(X509* certificate, X509* issuer, int kind, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    Owned<X509_EXTENSION> const extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

void set_name(X509* certificate, std::string const& common_name) {
    auto const* const text = reinterpret_cast<unsigned char const*>(common_name.c_str());
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, text, -1, -1,
                                       0) == 1,
            "the name");
}

std::string joined(std::vector<std::string> const& names) {
    std::string list;
    for (auto const& name : names)
        list.append(list.empty() ? "" : ",").append(name);
    return list;
}

// `issuer` and `issuer_key` are the certificate's own where it signs itself.
Identity make(CertificateSpec const& spec, X509* issuer, EVP_PKEY* issuer_key) {
    static std::atomic<long> serial = 0;
    Owned<EVP_PKEY> const key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    Owned<X509> const made(X509_new());
    require(key && made, "making a key");
    auto* const certificate = made.get();
    bool const signs_itself = issuer == nullptr;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), spec.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), spec.valid_until);
    X509_set_pubkey(certificate, key.get());
    set_name(certificate, spec.common_name);
    X509_set_issuer_name(certificate, X509_get_subject_name(signs_itself ? certificate : issuer));
    auto* const above = signs_itself ? certificate : issuer;
    extend(certificate, above, NID_basic_constraints,
           spec.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(certificate, above, NID_subject_key_identifier, "hash");
    if (spec.is_authority)
        extend(certificate, above, NID_key_usage, "critical,keyCertSign,cRLSign");
    else
        extend(certificate, above, NID_ext_key_usage, spec.usage);
    if (!spec.alternative_names.empty())
        extend(certificate, above, NID_subject_alt_name, joined(spec.alternative_names));
    require(X509_sign(certificate, signs_itself ? key.get() : issuer_key, nullptr) != 0, "signing");
    return to_pem(certificate, key.get());
}

} // namespace

Identity make_authority(std::string const& common_name) {
    CertificateSpec spec;
    spec.common_name = common_name;
    spec.is_authority = true;
    return make(spec, nullptr, nullptr);
}

Identity issue(Identity const& issuer, CertificateSpec const& spec) {
    auto made = make(spec, certificate_of(issuer).get(), key_of(issuer).get());
    made.certificate += issuer.certificate;
    return made;
}

Identity issue_for(Identity const& issuer, std::string const& alternative_name) {
    CertificateSpec spec;
    spec.alternative_names = {alternative_name};
    return issue(issuer, spec);
}

std::string pin_of(Identity const& identity) {
    auto const key = key_of(identity);
    unsigned char* encoded = nullptr;
    int const size = i2d_PUBKEY(key.get(), &encoded);
    require(size > 0, "encoding a key");
    std::array<unsigned char, 32> digest{};
    unsigned digest_size = 0;
    require(EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), &digest_size, EVP_sha256(),
                       nullptr) == 1,
            "digesting a key");
    OPENSSL_free(encoded);
    std::array<unsigned char, 64> text{};
    int const length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_size));
    return {text.begin(), text.begin() + length};
}

} // namespace e2b::test
