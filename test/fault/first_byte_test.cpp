// The request is with the server, and no response comes. None of this may ever be sent again.
#include "fault/caller.hpp"

#include <array>
#include <string>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

struct Row {
    Ending ending;
    char const* expected;
};

std::array const ends{

    Row{Ending::close_notify, "unknown closed_before_response first_byte"},
    Row{Ending::fin, "unknown closed_before_response first_byte"},
    Row{Ending::rst, "unknown reset first_byte"},
};

} // namespace

TEST_CASE("a fresh connection that ends after the request leaves the outcome open", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    auto const row = GENERATE(from_range(ends));
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.end(row.ending);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == row.expected);
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 1);
    CHECK(server.connections() == 1);
}

// What many clients take for a stale connection, and send the request once more.
TEST_CASE("a used connection that ends after the second request: two requests, and the outcome is open",
          "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    auto const row = GENERATE(from_range(ends));
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        serve_once(peer);
        peer.read_request();
        peer.end(row.ending);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    auto const& result = caller.call();
    CHECK(describe(result) == row.expected);
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 2);
    CHECK(server.connections() == 1);
}

TEST_CASE("the same in the clear", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::fin, Ending::rst);
    ByteServer const server(std::nullopt, [=](Peer& peer) {
        serve_once(peer);
        peer.read_request();
        peer.end(ending);
    });
    Caller caller(plain_config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    auto const& result = caller.call();
    CHECK(describe(result) ==
          (ending == Ending::fin ? "unknown closed_before_response first_byte" : "unknown reset first_byte"));
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 2);
}

TEST_CASE("a server that never responses", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.stall();
    });
    auto config = config_for(server);
    config.attempt_timeout = 90s;
    config.timeout = 300s;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    auto const* expected = "";
    SECTION("the attempt's time") {
        caller.advance(90s);
        expected = "unknown timeout first_byte";
    }
    SECTION("a cancellation") {
        caller.cancel(call);
        expected = "unknown cancelled first_byte";
    }
    SECTION("a cancellation that must have no effect has none") {
        caller.cancel(call, boost::asio::cancellation_type::total);
        REQUIRE_FALSE(call.result);
        caller.advance(90s);
        expected = "unknown timeout first_byte";
    }
    SECTION("the client's end") {
        caller.abort();
        expected = "unknown client_closed first_byte";
    }
    REQUIRE(call.result);
    CHECK(describe(*call.result) == expected);
    CHECK(call.result->attempts() == 1);
    caller.advance(300s);
    CHECK(server.posts() == 1);
    CHECK(server.connections() == 1);
}

TEST_CASE("the context's end with a call in flight leaves nothing", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    caller.drop_context();
    CHECK_FALSE(call.result);
}

TEST_CASE("bytes that are no response leave the outcome open", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    auto const bytes =
        GENERATE(std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("\0\0\x12\x04\0\0\0\0\0", 9),
                 std::string("<html>502 Bad Gateway</html>"), std::string("HTTP/2 201\r\n\r\n"),
                 std::string("HTTP/1.1 99 Low\r\n\r\n"), std::string("HTTP/1.1 600 High\r\n\r\n"),
                 std::string("HTTP/1.1 201\nNo-Carriage: return\n\n"));
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send(bytes);
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(result.outcome() == Outcome::unknown);
    REQUIRE_FALSE(result);
    CHECK(result.error().error == Errc::protocol);
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 1);
    CHECK(caller.stats().open == 0);
}

TEST_CASE("TLS that breaks after the request leaves the outcome open", "[fault][first_byte]") {
    NoDescriptorLeak const no_leak;
    // A record that cannot be decrypted, bytes that are no record, and a fatal alert in the clear.
    auto const bytes =
        GENERATE(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'),
                 std::string("garbage instead of a record"), std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send_raw(bytes);
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "unknown tls first_byte");
    CHECK_FALSE(result.error().detail.empty());
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 1);
}
