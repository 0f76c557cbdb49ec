// A tunnel to the platform through tinyproxy.
#include "fault/peers/programs.hpp"
#include "fault/peers/session.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::test;

namespace {

ClientConfig through(Program const& proxy, std::string const& credentials, Simulator const& platform) {
    ClientConfig config;
    config.base_url = platform.url();
    config.api_key = platform.api_key();
    config.tls.ca_pem = platform.ca_pem();
    config.proxy.url = "http://" + credentials + "127.0.0.1:" + std::to_string(proxy.port());
    return config;
}

} // namespace

TEST_CASE("tinyproxy opens a tunnel for those who know the password", "[fault][peers]") {
    auto const path = installed("tinyproxy");
    if (!path)
        return;
    SimulatorOptions options;
    options.sandboxes = 5;
    Simulator const platform(options);
    auto const proxy = start_tinyproxy(*path, "somebody", "secret");
    Session session(through(proxy, "somebody:secret@", platform));
    check_all_created(session.snapshot(platform.sandbox_ids()), platform);
}

TEST_CASE("tinyproxy asks those who name nobody for their credentials", "[fault][peers]") {
    auto const path = installed("tinyproxy");
    if (!path)
        return;
    Simulator const platform;
    auto const proxy = start_tinyproxy(*path, "somebody", "secret");
    Session session(through(proxy, "", platform));
    CHECK(session.snapshot(platform.sandbox_ids().front()) == "not_sent proxy_auth proxy");
    CHECK(session.stats().dials == 1);
    CHECK(platform.stats().connections_accepted == 0);
}

// A wrong password should get a 407 too; tinyproxy 1.11 has a 401 for it.
TEST_CASE("tinyproxy refuses those who do not know the password", "[fault][peers]") {
    auto const path = installed("tinyproxy");
    if (!path)
        return;
    Simulator const platform;
    auto const proxy = start_tinyproxy(*path, "somebody", "secret");
    Session session(through(proxy, "somebody:wrong@", platform));
    auto const result = session.snapshot(std::vector{platform.sandbox_ids().front()}).front();
    REQUIRE_FALSE(result);
    auto const& failure = result.error();
    CHECK(failure.outcome == Outcome::not_sent);
    CHECK(failure.error == Errc::proxy_auth);
    CHECK(failure.phase == Phase::proxy);
    CHECK(failure.to_string().find("wrong") == std::string::npos);
    CHECK(session.stats().dials == 1);
    CHECK(platform.stats().connections_accepted == 0);
}

TEST_CASE("tinyproxy cannot reach the platform", "[fault][peers]") {
    auto const path = installed("tinyproxy");
    if (!path)
        return;
    Simulator platform;
    auto const proxy = start_tinyproxy(*path, "somebody", "secret");
    auto config = through(proxy, "somebody:secret@", platform);
    config.retry.max_attempts = 1;
    platform.stop();
    Session session(std::move(config));
    CHECK(session.snapshot() == "not_sent proxy_rejected proxy");
}
