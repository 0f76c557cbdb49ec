// What stands before a platform: the programs that speak TLS for it, keep connections, and give them up.
#include "fault/peers/programs.hpp"
#include "fault/peers/session.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace e2b;
using namespace e2b::test;

namespace {

using Start = Program(std::string const&, FrontOptions const&);

void check_twenty(std::string const& name, Start& start) {
    auto const path = installed(name);
    if (!path)
        return;
    Simulator const platform(plain_platform(20));
    auto const front = start(*path, FrontOptions(platform.port()));
    Session session(config_for(front, platform.api_key()));
    check_all_created(session.snapshot(platform.sandbox_ids()), platform);
    CHECK(session.stats().connections_opened <= 4);
}

std::vector<std::string> times(std::size_t count, std::string const& line) {
    return std::vector<std::string>(count, line);
}

} // namespace

TEST_CASE("snapshots through nginx, on connections that are kept", "[fault][peers]") {
    check_twenty("nginx", start_nginx);
}

TEST_CASE("snapshots through haproxy, on connections that are kept", "[fault][peers]") {
    check_twenty("haproxy", start_haproxy);
}

TEST_CASE("snapshots through stunnel, on connections that are kept", "[fault][peers]") {
    check_twenty("stunnel", start_stunnel);
}

TEST_CASE("nginx that closes after three requests makes nobody send one twice", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator const platform(plain_platform(30));
    FrontOptions options(platform.port());
    options.requests_per_connection = 3;
    auto const nginx = start_nginx(*path, options);
    Session session(config_for(nginx, platform.api_key()));
    check_all_created(session.snapshot(platform.sandbox_ids()), platform);
    CHECK(session.stats().connections_opened >= 10);
    CHECK(session.stats().attempts == 30);
    CHECK(nginx.log(30) == times(30, "POST TLSv1.3 201"));
}

TEST_CASE("nginx without the platform behind it leaves open what was done", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    auto const nginx = start_nginx(*path, FrontOptions(free_port()));
    Session session(config_for(nginx));
    for (int i = 0; i != 3; ++i)
        CHECK(session.snapshot() == "unknown server_error complete 502");
    CHECK(session.stats().attempts == 3);
    CHECK(session.stats().connections_opened == 1);
    CHECK(nginx.log(3) == times(3, "POST TLSv1.3 502"));
}

TEST_CASE("a platform that goes away behind nginx", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator platform(plain_platform(1));
    auto const nginx = start_nginx(*path, FrontOptions(platform.port()));
    Session session(config_for(nginx, platform.api_key()));
    auto const sandbox = platform.sandbox_ids().front();
    CHECK(session.snapshot(sandbox) == "created");
    platform.stop();
    CHECK(session.snapshot(sandbox) == "unknown server_error complete 502");
    CHECK(nginx.log(2) == std::vector<std::string>{"POST TLSv1.3 201", "POST TLSv1.3 502"});
}

TEST_CASE("nginx that knows one version of TLS", "[fault][peers]") {
    auto const path = installed("nginx");
    if (!path)
        return;
    Simulator const platform(plain_platform(1));
    FrontOptions options(platform.port());
    options.only_tls_1 = GENERATE(2U, 3U);
    auto const nginx = start_nginx(*path, options);
    Session session(config_for(nginx, platform.api_key()));
    CHECK(session.snapshot(platform.sandbox_ids().front()) == "created");
    CHECK(nginx.log(1) == times(1, "POST TLSv1." + std::to_string(options.only_tls_1) + " 201"));
}
