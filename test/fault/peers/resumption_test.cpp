// A client that comes back does not shake hands in full again.
#include "fault/peers/programs.hpp"
#include "fault/peers/session.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::test;

TEST_CASE("nginx resumes the session of a client that comes back", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator const platform(plain_platform(5));
    FrontOptions options(platform.port());
    options.only_tls_1 = GENERATE(2U, 3U);
    options.requests_per_connection = 1;
    auto const nginx = start_nginx(*path, options);
    Session session(config_for(nginx, platform.api_key()));
    for (auto const& sandbox : platform.sandbox_ids())
        CHECK(session.snapshot(sandbox) == "created");
    CHECK(session.stats().connections_opened == 5);
    CHECK(session.stats().handshakes_resumed == 4);
}

TEST_CASE("OpenSSL's server resumes the session of a client that comes back", "[fault][peers]") {
    auto const path = installed("openssl");
    if (!path)
        return;
    auto const server = start_s_server(*path, {"-rev", GENERATE("-tls1_2", "-tls1_3")});
    Session session(config_for(server));
    for (int i = 0; i != 3; ++i)
        CHECK(session.snapshot() == "unknown protocol head");
    CHECK(session.stats().connections_opened == 3);
    CHECK(session.stats().handshakes_resumed == 2);
}
