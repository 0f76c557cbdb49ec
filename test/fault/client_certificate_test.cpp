// Servers that want to know who the client is.
#include "fault/caller.hpp"
#include "net/tls_context.hpp"

#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace e2b;
using namespace e2b::test;

namespace {

namespace fs = std::filesystem;

// An identity in files of their own.
class IdentityFiles {
public:
    explicit IdentityFiles(Identity const& identity)
        : directory_(fs::temp_directory_path() / ("e2b-client-certificate-" + std::to_string(::getpid()))) {
        fs::create_directory(directory_);
        std::ofstream(certificate()) << identity.certificate;
        std::ofstream(key()) << identity.key;
    }
    IdentityFiles(IdentityFiles const&) = delete;
    IdentityFiles& operator=(IdentityFiles const&) = delete;
    ~IdentityFiles() { fs::remove_all(directory_); }

    [[nodiscard]] std::string certificate() const { return directory_ / "certificate.pem"; }
    [[nodiscard]] std::string key() const { return directory_ / "key.pem"; }

private:
    fs::path directory_;
};

ServerTls demanding(int version) {
    auto tls = trusted();
    tls.client_authority = authority().certificate;
    tls.min_version = tls.max_version = version;
    return tls;
}

CertificateSpec for_a_client() {
    CertificateSpec spec;
    spec.usage = "clientAuth";
    return spec;
}

std::string encrypted(std::string const& key, std::string pass_phrase) {
    std::unique_ptr<BIO, int (*)(BIO*)> const in(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())),
                                                 &BIO_free);
    std::unique_ptr<BIO, int (*)(BIO*)> const out(BIO_new(BIO_s_mem()), &BIO_free);
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> const read(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), read.get(), EVP_aes_128_cbc(), pass_phrase.data(),
                                          static_cast<int>(pass_phrase.size()), nullptr, nullptr) == 1);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

Identity expired() {
    auto spec = for_a_client();
    spec.valid_until = -3600;
    return issue(authority(), spec);
}

} // namespace

TEST_CASE("a server that asks for it is shown the client's certificate", "[fault][client_certificate]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(demanding(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)), serve_well_over_tls);
    IdentityFiles const files(issue(authority(), for_a_client()));
    auto config = config_for(server);
    config.tls.client_certificate_file = files.certificate();
    config.tls.client_key_file = files.key();
    Caller caller(std::move(config));
    CHECK(describe(caller.call()) == "created");
    CHECK(server.posts() == 1);
}

// With TLS 1.2 the refusal ends the handshake; with TLS 1.3 it comes in place of the response, after the
// request was sent to a server that will not read it.
TEST_CASE("a refused client certificate fails the call at once", "[fault][client_certificate]") {
    NoDescriptorLeak const no_leak;
    auto const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    ByteServer const server(demanding(version), serve_well_over_tls);
    auto config = config_for(server);
    std::optional<IdentityFiles> files;
    SECTION("none is shown") {}
    SECTION("one of an unknown authority") {
        files.emplace(issue(make_authority("somebody else"), for_a_client()));
    }
    SECTION("one that expired") {
        files.emplace(expired());
    }
    SECTION("one for servers") {
        files.emplace(issue_for(authority(), "DNS:client.example.test"));
    }
    if (files) {
        config.tls.client_certificate_file = files->certificate();
        config.tls.client_key_file = files->key();
    }
    Caller caller(std::move(config), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(result.outcome() == Outcome::not_sent);
    REQUIRE_FALSE(result);
    CHECK(to_string(result.error().error) == to_string(Errc::tls_client_auth));
    CHECK(result.error().phase == (version == TLS1_2_VERSION ? Phase::handshake : Phase::first_byte));
    CHECK_FALSE(result.error().detail.empty());
    CHECK(server.connections() == 1);
    CHECK(server.posts() == 0);
}

// OpenSSL would ask for its pass phrase on the terminal.
TEST_CASE("an encrypted client key is refused, and nobody is asked for anything",
          "[fault][client_certificate]") {
    auto identity = issue(authority(), for_a_client());
    identity.key = encrypted(identity.key, "pass phrase");
    IdentityFiles const files(identity);
    TlsConfig config;
    config.ca_pem = authority().certificate;
    config.client_certificate_file = files.certificate();
    config.client_key_file = files.key();
    std::string problem;
    try {
        net::TlsContext const context(config, host, false);
    } catch (ConfigError const& error) {
        problem = error.what();
    }
    CHECK(problem.starts_with("tls.client_key_file: is encrypted"));
}
