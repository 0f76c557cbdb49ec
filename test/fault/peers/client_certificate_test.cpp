// Servers that want to know who the client is.
#include "fault/peers/programs.hpp"
#include "fault/peers/session.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::test;

namespace {

FrontOptions demanding(Simulator const& platform) {
    FrontOptions options(platform.port());
    options.wants_client_certificate = true;
    return options;
}

void show_certificate(ClientConfig& config, Directory const& directory) {
    CertificateSpec spec;
    spec.usage = "clientAuth";
    auto const identity = issue(authority(), spec);
    config.tls.client_certificate_file = directory.write("certificate", identity.certificate);
    config.tls.client_key_file = directory.write("key", identity.key);
}

} // namespace

TEST_CASE("nginx lets a client in that shows its certificate", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator const platform(plain_platform(1));
    auto const nginx = start_nginx(*path, demanding(platform));
    Directory const directory;
    auto config = config_for(nginx, platform.api_key());
    show_certificate(config, directory);
    Session session(std::move(config));
    CHECK(session.snapshot(platform.sandbox_ids().front()) == "created");
}

TEST_CASE("nginx responds to a client that shows no certificate", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator const platform(plain_platform(1));
    auto const nginx = start_nginx(*path, demanding(platform));
    Session session(config_for(nginx, platform.api_key()));
    CHECK(session.snapshot(platform.sandbox_ids().front()) == "rejected bad_request complete 400");
    CHECK(session.stats().attempts == 1);
    CHECK(platform.stats().requests == 0);
}

TEST_CASE("haproxy lets a client in that shows its certificate", "[fault][peers]") {
    auto const path = installed("haproxy");
    if (!path)
        return;
    Simulator const platform(plain_platform(1));
    auto const haproxy = start_haproxy(*path, demanding(platform));
    Directory const directory;
    auto config = config_for(haproxy, platform.api_key());
    show_certificate(config, directory);
    Session session(std::move(config));
    CHECK(session.snapshot(platform.sandbox_ids().front()) == "created");
}

TEST_CASE("haproxy refuses a client that shows no certificate", "[fault][peers]") {
    auto const path = installed("haproxy");
    if (!path)
        return;
    Simulator const platform(plain_platform(1));
    auto options = demanding(platform);
    options.only_tls_1 = GENERATE(2U, 3U);
    auto const haproxy = start_haproxy(*path, options);
    Session session(config_for(haproxy, platform.api_key()));
    auto const* const phase = options.only_tls_1 == 2 ? "handshake" : "first_byte";
    CHECK(session.snapshot(platform.sandbox_ids().front()) ==
          std::string("not_sent tls_client_auth ") + phase);
    CHECK(session.stats().dials == 1);
    CHECK(platform.stats().requests == 0);
}
