#include "core/tunnel.hpp"
#include "support/catch.hpp"

using namespace e2b::core;

TEST_CASE("A tunnel is asked for by host and port, with credentials where there are any") {
    auto const plain = parse_proxy_url("http://proxy");
    CHECK(tunnel_request(parse_base_url("https://api.e2b.app/prefix"), plain) ==
          "CONNECT api.e2b.app:443 HTTP/1.1\r\nHost: api.e2b.app:443\r\n\r\n");
    CHECK(tunnel_request(parse_base_url("https://[::1]:8443"), plain) ==
          "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
    auto const credentials = [](char const* proxy) {
        auto const request = tunnel_request(parse_base_url("https://h"), parse_proxy_url(proxy));
        constexpr std::string_view field = "Proxy-Authorization: Basic ";
        auto const at = request.find(field) + field.size();
        return request.substr(at, request.find("\r\n", at) - at);
    };
    CHECK(credentials("http://u:pp@proxy") == "dTpwcA==");
    CHECK(credentials("http://u:ppp@proxy") == "dTpwcHA=");
    CHECK(credentials("http://u:pppp@proxy") == "dTpwcHBw");
    CHECK(credentials("http://u%3f:%ff%fe@proxy") == "dT86//4=");
}

TEST_CASE("Interim responses precede a proxy's response, up to five of them") {
    std::string const interim = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string const open = "HTTP/1.1 200 OK\r\n\r\n";
    using State = TunnelReply::State;
    std::string five;
    for (int count = 0; count <= 5; ++count) {
        TunnelReply whole;
        CHECK(whole.feed(five + open) == State::open);
        TunnelReply in_bytes;
        for (char const& each : five + open.substr(0, open.size() - 1))
            REQUIRE(in_bytes.feed({&each, 1}) == State::need_more);
        CHECK(in_bytes.feed("\n") == State::open);
        five += interim;
    }
    TunnelReply many;
    CHECK(many.feed(five + open) == State::refused);
    TunnelReply refused;
    CHECK(refused.feed(interim + "HTTP/1.1 407 No\r\n\r\n") == State::refused);
    CHECK(refused.error() == e2b::Errc::proxy_auth);
    TunnelReply switched;
    CHECK(switched.feed("HTTP/1.1 101 Switching\r\n\r\n") == State::refused);
}
