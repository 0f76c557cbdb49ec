// The TLS handshake does not come to its end. All of this is before anything was sent.
#include "fault/caller.hpp"

#include <atomic>
#include <string>
#include <string_view>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A server without session tickets, so that what it sends before the response is the handshake and no more.
ServerTls bare(int version) {
    auto tls = trusted();
    tls.min_version = tls.max_version = version;
    tls.tickets = 0;
    return tls;
}

// How many bytes a server sends in a handshake.
std::size_t measure_handshake(int version) {
    std::atomic<std::size_t> size = 0;
    ByteServer const server(bare(version), [&](Peer& peer) {
        peer.handshake();
        size = peer.sent();
        serve_well(peer);
    });
    Caller caller(config_for(server));
    caller.call();
    return size;
}

} // namespace

TEST_CASE("a handshake that is cut is tried again on a new connection", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    auto const how = GENERATE(Ending::fin, Ending::rst);
    auto const hello_is_read = GENERATE(false, true);
    ByteServer const server(trusted(), [=](Peer& peer) {
        if (peer.number() != 0)
            return serve_well_over_tls(peer);
        // A reset before the client has noticed that it is connected is one of the connecting phase.
        peer.wait_for_input();
        if (hello_is_read)
            peer.read_some_raw();
        peer.end(how);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    REQUIRE(caller.connect_failures().size() == 1);
    CHECK(caller.connects_failed_with(Errc::tls_handshake));
    CHECK(server.posts() == 1);
}

TEST_CASE("a handshake is cut at any byte, and one call survives them all", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    auto const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    auto const how = GENERATE(Ending::fin, Ending::rst);
    auto const length = measure_handshake(version);
    REQUIRE(length > 300);
    ByteServer const server(bare(version), [=](Peer& peer) {
        if (peer.number() < length)
            peer.cut_output_after(peer.number(), how);
        serve_well_over_tls(peer);
    });
    auto config = config_for(server);
    config.timeout = 24h;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(caller.connect_failures().size() == length);
    CHECK(caller.connects_failed_with(Errc::tls_handshake));
    CHECK(server.posts() == 1);
}

TEST_CASE("a handshake that stalls is given up after the connect timeout", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    // Before anything, within the server's first message, and before its last.
    auto const length = GENERATE(std::size_t{0}, std::size_t{100}, std::size_t{600});
    ByteServer const server(bare(TLS1_3_VERSION), [=](Peer& peer) {
        peer.cut_output_after(length, Ending::stall);
        serve_well_over_tls(peer);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return server.connections() == 1; });
    caller.run_until([&] { return server.received().size() > 100; });
    caller.advance(10s);
    REQUIRE(caller.connect_failures().size() == 1);
    CHECK(caller.connects_failed_with(Errc::tls_handshake));
    CHECK(caller.failed_dial_times() == "tls_ms=10000.000000 ");
    caller.advance(290s);
    REQUIRE(call.result);
    CHECK(describe(*call.result) == "not_sent tls_handshake handshake");
    CHECK(server.posts() == 0);
}

TEST_CASE("what every handshake would meet ends the call at once", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    using namespace std::string_literals;
    auto const alert = [](char number) { return "\x15\x03\x03\x00\x02\x02"s + number; };
    struct Row {
        char const* what;
        std::string bytes;
    };
    auto const row = GENERATE_COPY(
        Row{"HTTP in the clear", "HTTP/1.1 400 Bad Request\r\n\r\n"}, Row{"SSH", "SSH-2.0-OpenSSH_9.2\r\n"},
        Row{"a record that is too long", "\x16\x03\x03\xff\xff garbage"},
        Row{"handshake_failure", alert(SSL_AD_HANDSHAKE_FAILURE)},
        Row{"unknown_ca from one that asked for no certificate", alert(SSL_AD_UNKNOWN_CA)},
        Row{"access_denied", alert(SSL_AD_ACCESS_DENIED)},
        Row{"insufficient_security", alert(SSL_AD_INSUFFICIENT_SECURITY)},
        Row{"unrecognized_name", alert(SSL_AD_UNRECOGNIZED_NAME)},
        Row{"no_application_protocol", alert(SSL_AD_NO_APPLICATION_PROTOCOL)});
    INFO(row.what);
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.read_some_raw();
        peer.send_raw(row.bytes);
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "not_sent tls_handshake handshake");
    CHECK_FALSE(result.error().detail.empty());
    CHECK(caller.connect_failures().size() == 1);
    CHECK(server.connections() == 1);
}

TEST_CASE("an alert that may pass is tried again", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [=](Peer& peer) {
        if (peer.number() != 0)
            return serve_well_over_tls(peer);
        peer.read_some_raw();
        peer.send_raw(std::string_view("\x15\x03\x03\x00\x02\x02\x50", 7)); // internal_error
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(caller.connect_failures().size() == 1);
    CHECK(caller.connects_failed_with(Errc::tls_handshake));
}

// A server that fails over a session (because it was moved, or its keys were changed) would fail over it
// again.
TEST_CASE("a session is not offered again after a handshake with it failed", "[fault][handshake]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        if (peer.number() == 1)
            peer.cut_output_after(0, Ending::fin);
        serve_once_and_close(peer);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 3);
    CHECK(server.resumed() == 0);
    CHECK(describe(caller.call()) == "created");
    CHECK(server.resumed() == 1);
}
