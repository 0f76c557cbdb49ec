// Servers with a trusted certificate that are not the platform.
#include "fault/peers/programs.hpp"
#include "fault/peers/session.hpp"
#include "support/catch.hpp"

#include <chrono>

using namespace e2b;
using namespace e2b::test;

TEST_CASE("OpenSSL's server sends the request back in reverse", "[fault][peers]") {
    auto const path = installed("openssl");
    if (!path)
        return;
    auto const server = start_s_server(*path, {"-rev"});
    Session session(config_for(server));
    CHECK(session.snapshot() == "unknown protocol head");
    CHECK(session.stats().attempts == 1);
}

TEST_CASE("OpenSSL's server serves pages and waits for a request it knows", "[fault][peers]") {
    auto const path = installed("openssl");
    if (!path)
        return;
    auto const server = start_s_server(*path, {GENERATE("-www", "-HTTP")});
    auto config = config_for(server);
    config.attempt_timeout = std::chrono::seconds(1);
    Session session(std::move(config));
    CHECK(session.snapshot() == "unknown timeout first_byte");
    CHECK(session.stats().attempts == 1);
}

TEST_CASE("OpenSSL's server knows old versions of TLS only", "[fault][peers]") {
    auto const path = installed("openssl");
    if (!path)
        return;
    auto const server = start_s_server(*path, {"-rev", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
    Session session(config_for(server));
    CHECK(session.snapshot() == "not_sent tls_verify handshake");
    CHECK(session.stats().dials == 1);
}

TEST_CASE("GnuTLS's server sends the request back", "[fault][peers]") {
    auto const path = installed("gnutls-serv");
    if (!path)
        return;
    auto const server = start_gnutls_serv(*path, {"--echo"});
    Session session(config_for(server));
    CHECK(session.snapshot() == "unknown protocol head");
    CHECK(session.stats().attempts == 1);
}

TEST_CASE("GnuTLS's server responds with a page", "[fault][peers]") {
    auto const path = installed("gnutls-serv");
    if (!path)
        return;
    auto const server = start_gnutls_serv(*path, {"--http"});
    Session session(config_for(server));
    CHECK(session.snapshot() == "unknown protocol head");
    CHECK(session.stats().attempts == 1);
}
