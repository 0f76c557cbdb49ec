#include "core/tunnel.hpp"
#include "support/catch.hpp"

using namespace e2b::core;

TEST_CASE("Which hosts are reached without the proxy") {
    struct Case {
        char const* no_proxy;
        char const* url;
        bool bypassed;
    };
    auto const c = GENERATE(values<Case>({
        {"", "https://api.e2b.app", false},
        {" , ", "https://api.e2b.app", false},
        {"*", "https://api.e2b.app", true},
        {"localhost, *", "https://api.e2b.app", true},
        {"api.e2b.app", "https://api.e2b.app", true},
        {"other,\tAPI.e2b.APP ", "https://api.e2b.app", true},
        {"e2b.app", "https://api.e2b.app", false},
        {".e2b.app", "https://api.e2b.app", true},
        {".e2b.app", "https://e2b.app", true},
        {".e2b.app", "https://note2b.app", false},
        {"api.e2b.app:443", "https://api.e2b.app", true},
        {"api.e2b.app:443", "https://api.e2b.app:8443", false},
        {".e2b.app:8443", "https://api.e2b.app:8443", true},
        {"10.0.0.1", "https://10.0.0.1", true},
        {"10.0.0", "https://10.0.0.1", false},
        {"::1", "https://[::1]", true},
        {"[::1]", "https://[::1]", true},
        {"[::1]:443", "https://[::1]", true},
        {"[::1]:8443", "https://[::1]", false},
    }));
    CAPTURE(c.no_proxy, c.url);
    CHECK(bypasses_proxy(c.no_proxy, parse_base_url(c.url)) == c.bypassed);
}

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
