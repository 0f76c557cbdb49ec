// What is secret does not stay behind in memory that was given back.
#include "fault/caller.hpp"
#include "support/freed_memory.hpp"

#include <string>
#include <utility>

using namespace e2b;
using namespace e2b::test;

namespace {

constexpr char const* password = "p4ssw0rd-of-the-proxy";
constexpr char const* token = "t0ken-in-a-header-of-the-user";
// `user:p4ssw0rd-of-the-proxy` in base64
constexpr char const* basic = "dXNlcjpwNHNzdzByZC1vZi10aGUtcHJveHk=";

// `ByteServer` and its scripts have threads of their own; all that the client does is on this one.
void serve_through_tunnel(Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    peer.handshake();
    for (;;)
        serve_once(peer);
}

} // namespace

TEST_CASE("the watch finds what was given back", "[fault][secrets]") {
    FreedMemoryWatch const watch("a text that is not short");
    {
        std::string const text("before a text that is not short after");
    }
    CHECK(watch.found() == 1);
    {
        std::string const text("something else that is not short either");
    }
    CHECK(watch.found() == 1);
}

TEST_CASE("no secret is left in memory that was given back", "[fault][secrets]") {
    auto const* const secret = GENERATE(api_key, password, token, basic);
    INFO(secret);
    ByteServer const server(trusted(), serve_through_tunnel);
    static_cast<void>(authority());
    FreedMemoryWatch const watch(secret);
    {
        auto config = config_for(server);
        config.base_url = std::string("https://") + host;
        config.proxy.url.reserve(100); // it is not to leave a copy behind as it grows
        config.proxy.url.append("http://user:").append(password).append("@127.0.0.1:");
        config.proxy.url.append(std::to_string(server.port()));
        config.headers.emplace_back("Authorization", token);
        Caller caller(std::move(config));
        // The second request is longer than the first one, whose buffer it gets.
        caller.call();
        CHECK(describe(caller.call(SnapshotRequest("i0123456789abcdefghij", std::string(255, 'n')))) ==
              "created");
        CHECK(server.connections() == 1);
    }
    CHECK(watch.found() == 0);
}
