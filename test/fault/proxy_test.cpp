// The way to the server leads through a proxy. The scripts are both: the proxy until the tunnel is open, then
// the server behind it.
#include "fault/caller.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr char const* established = "HTTP/1.1 200 Connection established\r\n\r\n";

ClientConfig proxied(ByteServer const& proxy, std::string const& credentials = {}) {
    auto config = config_for(proxy);
    config.base_url = std::string("https://") + host;
    config.proxy.url = "http://" + credentials + "127.0.0.1:" + std::to_string(proxy.port());
    return config;
}

// The first connection gets this response from the proxy, the others a tunnel.
ByteServer::Script refuse_first(std::string const& reply, Ending ending = Ending::stall) {
    return [=](Peer& peer) {
        peer.read_head();
        if (peer.number() == 0) {
            peer.send(reply);
            return peer.end(ending);
        }
        peer.send(established);
        serve_well_over_tls(peer);
    };
}

} // namespace

TEST_CASE("a tunnel is asked for by the host's name, and the proxy sees nothing else", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    std::string head;
    ByteServer const proxy(trusted(), [&](Peer& peer) {
        head = peer.read_head();
        peer.send(established);
        serve_well_over_tls(peer);
    });
    Caller caller(proxied(proxy));
    CHECK(describe(caller.call()) == "created");
    CHECK(describe(caller.call()) == "created");
    CHECK(head == "CONNECT api.example.test:443 HTTP/1.1\r\nHost: api.example.test:443\r\n\r\n");
    CHECK(proxy.connections() == 1);
    CHECK(proxy.posts() == 2);
    CHECK(proxy.received().find(api_key) == std::string::npos);
}

TEST_CASE("the proxy is shown its credentials", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    std::string head;
    ByteServer const proxy(trusted(), [&](Peer& peer) {
        head = peer.read_head();
        peer.send(established);
        serve_well_over_tls(peer);
    });
    Caller caller(proxied(proxy, "user:p%40ss@"));
    CHECK(describe(caller.call()) == "created");
    CHECK(head.find("\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n") != std::string::npos);
}

TEST_CASE("a proxy that refuses for good fails the call at once", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        char const* reply;
        char const* expected;
    };
    auto const row = GENERATE(
        Row{"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            "not_sent proxy_auth proxy"},
        Row{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "not_sent proxy_auth proxy"},
        Row{"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "not_sent proxy_rejected proxy"},
        Row{"HTTP/1.1 400 Bad Request\r\n\r\n", "not_sent proxy_rejected proxy"},
        Row{"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n", "not_sent proxy_rejected proxy"},
        Row{"SSH-2.0-OpenSSH_9.2\r\n", "not_sent proxy_protocol proxy"},
        Row{"HTTP/2 200\r\n\r\n", "not_sent proxy_protocol proxy"},
        Row{"HTTP/1.1 2oo OK\r\n\r\n", "not_sent proxy_protocol proxy"},
        Row{"HTTP/1.1 200 OK\r\n\r\nhello", "not_sent proxy_protocol proxy"});
    ByteServer const proxy(trusted(), refuse_first(row.reply));
    Caller caller(proxied(proxy, "user:secret@"), Caller::Clock::manual);
    auto const& result = caller.call();
    INFO(row.reply);
    CHECK(describe(result) == row.expected);
    CHECK(result.attempts() == 0);
    CHECK(result.error().to_string().find("secret") == std::string::npos);
    CHECK(proxy.connections() == 1);
}

TEST_CASE("a proxy whose response has no end is not listened to for ever", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    ByteServer const proxy(trusted(), [](Peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\n");
        for (;;)
            peer.send("X-Padding: " + std::string(1000, 'x') + "\r\n");
    });
    Caller caller(proxied(proxy), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "not_sent proxy_protocol proxy");
}

TEST_CASE("a proxy that may do better later is asked again", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    auto const* const reply = GENERATE("HTTP/1.1 502 Bad Gateway\r\n\r\n", "HTTP/1.1 503 Busy\r\n\r\n",
                                       "HTTP/1.1 504 Gateway Timeout\r\n\r\n", "", "HTTP/1.1 20");
    auto const ending = GENERATE(Ending::fin, Ending::rst);
    ByteServer const proxy(trusted(), refuse_first(reply, ending));
    Caller caller(proxied(proxy), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 1);
    CHECK(caller.connect_failures().size() == 1);
    CHECK(proxy.posts() == 1);
}

TEST_CASE("a proxy that stalls is given up after the connect timeout", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    auto const* const reply = GENERATE("", "HTTP/1.1 200 Connection establ");
    ByteServer const proxy(trusted(), refuse_first(reply));
    Caller caller(proxied(proxy), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return !proxy.received().empty(); });
    caller.advance(10s);
    REQUIRE(caller.connect_failures().size() == 1);
    CHECK(caller.connect_failures()[0].error == Errc::proxy_rejected);
    CHECK(caller.failed_dial_times() == "proxy_ms=10000.000000 ");
    CHECK(describe(caller.finish(call)) == "created");
    CHECK(proxy.posts() == 1);
}

TEST_CASE("a proxy's response may come in any pieces", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    ByteServer const proxy(trusted(), [](Peer& peer) {
        peer.read_head();
        std::string_view const reply = "HTTP/1.0 200 OK\r\nProxy-Agent: a test\r\n\r\n";
        for (char const& each : reply)
            peer.send({&each, 1});
        serve_well_over_tls(peer);
    });
    Caller caller(proxied(proxy));
    CHECK(describe(caller.call()) == "created");
}

TEST_CASE("a proxy may say that it goes on before it responds", "[fault][proxy]") {
    ByteServer const proxy(trusted(), [](Peer& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        peer.send(established);
        serve_well_over_tls(peer);
    });
    Caller caller(proxied(proxy));
    CHECK(describe(caller.call()) == "created");
}

TEST_CASE("the server behind a proxy is verified as if there were none", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    ByteServer const proxy(ServerTls(issue_for(authority(), "DNS:other.example.test")), [](Peer& peer) {
        peer.read_head();
        peer.send(established);
        serve_well_over_tls(peer);
    });
    Caller caller(proxied(proxy));
    CHECK(describe(caller.call()) == "not_sent tls_verify handshake");
    CHECK(proxy.posts() == 0);
}

TEST_CASE("a proxy that cannot be reached is a failed connect", "[fault][proxy]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    RefusingPort const refusing;
    auto config = config_for(server);
    config.proxy.url = "http://user:password@127.0.0.1:" + std::to_string(refusing.port());
    SECTION("and there is no way around it") {
        Caller caller(std::move(config), Caller::Clock::manual);
        auto const result = caller.call();
        CHECK(describe(result) == "not_sent connect_failed connect");
        CHECK(result.error().detail ==
              "the proxy 127.0.0.1:" + std::to_string(refusing.port()) + " cannot be reached");
        CHECK(server.connections() == 0);
    }
    SECTION("which does not matter to hosts that are reached without it") {
        config.proxy.no_proxy = "localhost, .example.test";
        Caller caller(std::move(config));
        CHECK(describe(caller.call()) == "created");
    }
}
