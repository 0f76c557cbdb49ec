#include "core/proxy_url.hpp"
#include "support/catch.hpp"

#include <e2b/error.hpp>

#include <string>

using namespace e2b;
using core::parse_proxy_url;

TEST_CASE("A proxy's URL is taken apart") {
    auto const plain = parse_proxy_url("http://Proxy.Example");
    CHECK(plain.host == "proxy.example");
    CHECK(plain.port == 80);
    CHECK(plain.user.empty());
    CHECK(plain.password.empty());

    auto const full = parse_proxy_url("HTTP://us%65r:p%40ss:w%25rd@[::1]:3128/");
    CHECK(full.host == "::1");
    CHECK(full.port == 3128);
    CHECK(full.user == "user");
    CHECK(full.password == "p@ss:w%rd");

    auto const short_form = parse_proxy_url("user:pa%20ss@proxy:3128");
    CHECK(short_form.host == "proxy");
    CHECK(short_form.port == 3128);
    CHECK(short_form.password == "pa ss");

    auto const user_only = parse_proxy_url("http://user@10.0.0.1:8080");
    CHECK(user_only.user == "user");
    CHECK(user_only.password.empty());
    CHECK(user_only.host == "10.0.0.1");
}

TEST_CASE("A proxy's URL that is not allowed is refused, and its text is not repeated") {
    auto const text =
        GENERATE(as<std::string>(), "", "https://s3cret@proxy", "socks5://proxy", "http://", "http://s3cret@",
                 "http://@proxy", "http://:s3cret@proxy", "http://a%3ab:s3cret@proxy",
                 "http://u:s3cret%@proxy", "http://u:s3cret%4@proxy", "http://u:s3cret%0d%0a@proxy",
                 "http://u:s3cret%00@proxy", "http://u:s3cret%7f@proxy", "http://u:s3cret@proxy/path",
                 "http://u:s3cret@proxy?q", "http://u:s3cret@proxy#f", "http://u:s3cret@proxy:0",
                 "http://u:s3cret@pro xy", "http://u:s3cret@127.1");
    CAPTURE(text);
    try {
        static_cast<void>(parse_proxy_url(text));
        FAIL("was taken");
    } catch (ConfigError const& error) {
        CHECK(error.field() == "proxy.url");
        CHECK(std::string(error.what()).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("A proxy's URL has at most 2048 bytes") {
    std::string const start = "http://u:";
    std::string const end = "@proxy";
    auto const of_size = [&](std::size_t size) {
        return start + std::string(size - start.size() - end.size(), 'p') + end;
    };
    CHECK_NOTHROW(parse_proxy_url(of_size(2048)));
    CHECK_THROWS_AS(parse_proxy_url(of_size(2049)), ConfigError);
}
