// Whom the client takes for its server, and whom it does not.
#include "fault/caller.hpp"

#include <functional>
#include <string>

using namespace e2b;
using namespace e2b::test;

namespace {

CertificateSpec named(std::string const& alternative_name) {
    CertificateSpec spec;
    spec.alternative_names = {alternative_name};
    return spec;
}

CertificateSpec for_host() {
    return named(std::string("DNS:") + host);
}

struct Case {
    char const* what;
    char const* name; ///< in the URL
    std::function<Identity()> make;
};

Identity expired() {
    auto spec = for_host();
    spec.valid_until = -3600;
    return issue(authority(), spec);
}

Identity not_yet_valid() {
    auto spec = for_host();
    spec.valid_from = 3600;
    return issue(authority(), spec);
}

Identity only_common_name(char const* name) {
    CertificateSpec spec;
    spec.common_name = name;
    return issue(authority(), spec);
}

Identity for_clients() {
    auto spec = for_host();
    spec.usage = "clientAuth";
    return issue(authority(), spec);
}

Identity signed_by_a_leaf() {
    return issue(issue_for(authority(), "DNS:elsewhere.example.test"), for_host());
}

Identity below_an_intermediate() {
    CertificateSpec spec;
    spec.common_name = "a test intermediate";
    spec.is_authority = true;
    return issue(issue(authority(), spec), for_host());
}

Identity with_many_names() {
    CertificateSpec spec;
    spec.alternative_names = {"DNS:a.example.test", "IP:127.0.0.9", std::string("DNS:") + host};
    return issue(authority(), spec);
}

} // namespace

TEST_CASE("a server that is not the one meant gets nothing", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto const& [what, name, make] = GENERATE(values<Case>({
        {"expired", host, expired},
        {"not yet valid", host, not_yet_valid},
        {"another host's", host, [] { return issue(authority(), named("DNS:other.example.test")); }},
        {"a host's that ends alike", host,
         [] { return issue(authority(), named("DNS:x.api.example.test")); }},
        {"an unknown authority's", host, [] { return issue(make_authority("somebody else"), for_host()); }},
        {"one that signed itself", host, [] { return make_authority(host); }},
        {"the host only as the common name", host, [] { return only_common_name(host); }},
        {"the address only as the common name", "127.0.0.1", [] { return only_common_name("127.0.0.1"); }},
        {"a partial wildcard", host, [] { return issue(authority(), named("DNS:ap*.example.test")); }},
        {"a wildcard for two levels", host, [] { return issue(authority(), named("DNS:*.test")); }},
        {"for clients", host, for_clients},
        {"signed by a leaf", host, signed_by_a_leaf},
        {"an address for a host", host, [] { return issue(authority(), named("IP:127.0.0.1")); }},
        {"an address as if it were a host", "127.0.0.1",
         [] { return issue(authority(), named("DNS:127.0.0.1")); }},
        {"another address", "127.0.0.1", [] { return issue(authority(), named("IP:127.0.0.2")); }},
    }));
    INFO(what);
    ByteServer const server(ServerTls(make()), serve_well_over_tls);
    Caller caller(config_for(server, name), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "not_sent tls_verify handshake");
    CHECK_FALSE(result.error().detail.empty());
    CHECK(server.connections() == 1);
    CHECK(server.posts() == 0);
}

TEST_CASE("a server that is the one meant is talked to", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto const& [what, name, make] = GENERATE(values<Case>({
        {"the host", host, [] { return issue(authority(), for_host()); }},
        {"the host among others", host, with_many_names},
        {"a wildcard", host, [] { return issue(authority(), named("DNS:*.example.test")); }},
        {"an address", "127.0.0.1", [] { return issue(authority(), named("IP:127.0.0.1")); }},
        {"below an intermediate", host, below_an_intermediate},
        {"a dot at the end of the URL's host", "api.example.test.",
         [] { return issue(authority(), for_host()); }},
        {"the URL's host in capitals", "API.Example.TEST", [] { return issue(authority(), for_host()); }},
    }));
    INFO(what);
    ByteServer const server(ServerTls(make()), serve_well_over_tls);
    Caller caller(config_for(server, name));
    CHECK(describe(caller.call()) == "created");
    CHECK(server.posts() == 1);
}

TEST_CASE("the server is notified which host is meant, and an address is no host", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto tls = trusted();
    ByteServer const server(tls, serve_well_over_tls);
    SECTION("a host, without the dot at its end") {
        Caller caller(config_for(server, "api.example.test."));
        CHECK(describe(caller.call()) == "created");
        CHECK(server.received().find("api.example.test") != std::string::npos);
        CHECK(server.received().find("api.example.test.") == std::string::npos);
        CHECK(server.received().find("\x08http/1.1") != std::string::npos);
        CHECK(server.received().find(api_key) == std::string::npos);
    }
    SECTION("an address") {
        Caller caller(config_for(server, "127.0.0.1"));
        CHECK(describe(caller.call()) == "not_sent tls_verify handshake");
        CHECK_FALSE(server.received().empty());
        CHECK(server.received().find("127.0.0.1") == std::string::npos);
    }
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, and nothing older", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto tls = trusted();
    SECTION("1.2") {
        tls.max_version = TLS1_2_VERSION;
        ByteServer const server(tls, serve_well_over_tls);
        Caller caller(config_for(server));
        CHECK(describe(caller.call()) == "created");
    }
    SECTION("1.3") {
        tls.min_version = TLS1_3_VERSION;
        ByteServer const server(tls, serve_well_over_tls);
        Caller caller(config_for(server));
        CHECK(describe(caller.call()) == "created");
    }
    SECTION("1.1") {
        tls.max_version = TLS1_1_VERSION;
        ByteServer const server(tls, serve_well_over_tls);
        Caller caller(config_for(server), Caller::Clock::manual);
        CHECK(describe(caller.call()) == "not_sent tls_verify handshake");
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("a pin is asked for besides everything else", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto const stranger = issue(make_authority("somebody else"), for_host());
    SECTION("one of the pins is the server's") {
        ByteServer const server(trusted(), serve_well_over_tls);
        auto config = config_for(server);
        config.tls.pinned_spki_sha256 = {pin_of(stranger), pin_of(trusted().identity)};
        Caller caller(std::move(config));
        CHECK(describe(caller.call()) == "created");
    }
    SECTION("none is: the authority's own does not count") {
        ByteServer const server(trusted(), serve_well_over_tls);
        auto config = config_for(server);
        config.tls.pinned_spki_sha256 = {pin_of(stranger), pin_of(authority())};
        Caller caller(std::move(config), Caller::Clock::manual);
        auto const& result = caller.call();
        CHECK(describe(result) == "not_sent tls_verify handshake");
        CHECK(result.error().detail.find("pin") != std::string::npos);
        CHECK(server.connections() == 1);
        CHECK(server.posts() == 0);
    }
    SECTION("it is, but the certificate is not to be trusted") {
        ByteServer const server(ServerTls(stranger), serve_well_over_tls);
        auto config = config_for(server);
        config.tls.pinned_spki_sha256 = {pin_of(stranger)};
        Caller caller(std::move(config), Caller::Clock::manual);
        CHECK(describe(caller.call()) == "not_sent tls_verify handshake");
    }
    SECTION("also where a session is resumed") {
        ByteServer const server(trusted(), serve_once_and_close);
        auto config = config_for(server);
        config.tls.pinned_spki_sha256 = {pin_of(trusted().identity)};
        Caller caller(std::move(config));
        CHECK(describe(caller.call()) == "created");
        CHECK(describe(caller.call()) == "created");
        CHECK(server.resumed() == 1);
    }
}

TEST_CASE("without verification anybody is believed", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(ServerTls(make_authority("anybody")), serve_well_over_tls);
    auto config = config_for(server);
    config.tls.ca_pem.clear();
    config.tls.insecure_skip_verification = true;
    Caller caller(std::move(config));
    CHECK(describe(caller.call()) == "created");
}

TEST_CASE("sessions are resumed, and counted", "[fault][certificate]") {
    NoDescriptorLeak const no_leak;
    auto tls = trusted();
    tls.min_version = tls.max_version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    ByteServer const server(tls, serve_once_and_close);
    Caller caller(config_for(server));
    for (int i = 0; i != 3; ++i)
        CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().connections_opened == 3);
    CHECK(caller.stats().handshakes_resumed == 2);
    CHECK(server.resumed() == 2);
}
