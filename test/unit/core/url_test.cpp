#include "core/url.hpp"
#include "support/catch.hpp"

#include <e2b/error.hpp>

#include <string>

using namespace e2b;
using core::parse_base_url;

namespace {

std::string problem_of(std::string const& text) {
    try {
        static_cast<void>(parse_base_url(text));
    } catch (ConfigError const& error) {
        CHECK(error.field() == "base_url");
        return error.what();
    }
    return "none";
}

} // namespace

TEST_CASE("A base URL is taken apart") {
    auto const url = parse_base_url("https://api.e2b.app");
    CHECK(url.tls);
    CHECK(url.host == "api.e2b.app");
    CHECK(url.port == 443);
    CHECK(url.prefix.empty());
    CHECK_FALSE(url.is_ip_literal);
    CHECK(url.host_header == "api.e2b.app");
}

TEST_CASE("Host, port and Host header of a base URL") {
    struct Case {
        char const* text;
        char const* host;
        int port;
        char const* host_header;
        bool is_ip_literal;
    };
    auto const c = GENERATE(values<Case>({
        {"http://localhost:3000", "localhost", 3000, "localhost:3000", false},
        {"HTTPS://API.E2B.App", "api.e2b.app", 443, "api.e2b.app", false},
        {"https://api.e2b.app.", "api.e2b.app", 443, "api.e2b.app", false},
        {"https://api.e2b.app.:8443", "api.e2b.app", 8443, "api.e2b.app:8443", false},
        {"https://h:443", "h", 443, "h", false},
        {"https://h:80", "h", 80, "h:80", false},
        {"http://h", "h", 80, "h", false},
        {"http://h:443", "h", 443, "h:443", false},
        {"https://h:1", "h", 1, "h:1", false},
        {"https://h:65535", "h", 65535, "h:65535", false},
        {"https://a_b-c.x1", "a_b-c.x1", 443, "a_b-c.x1", false},
        {"https://127.0.0.1", "127.0.0.1", 443, "127.0.0.1", true},
        {"https://[::1]", "::1", 443, "[::1]", true},
        {"https://[::1]:8443/", "::1", 8443, "[::1]:8443", true},
        {"https://[2001:DB8:0:0:0:0:0:1]", "2001:db8::1", 443, "[2001:db8::1]", true},
    }));
    CAPTURE(c.text);
    auto const url = parse_base_url(c.text);
    CHECK(url.host == c.host);
    CHECK(url.port == c.port);
    CHECK(url.host_header == c.host_header);
    CHECK(url.is_ip_literal == c.is_ip_literal);
}

TEST_CASE("The path of a base URL is kept without slashes at its end") {
    struct Case {
        char const* text;
        char const* prefix;
    };
    auto const c = GENERATE(values<Case>({
        {"https://h/", ""},
        {"https://h///", ""},
        {"https://h/v1", "/v1"},
        {"https://h/v1/", "/v1"},
        {"https://h/a/b.c/~d/%2f!$&'()*+,;=:@", "/a/b.c/~d/%2f!$&'()*+,;=:@"},
        {"https://h/..a/b..", "/..a/b.."},
    }));
    CAPTURE(c.text);
    CHECK(parse_base_url(c.text).prefix == c.prefix);
}

TEST_CASE("A base URL that is not allowed is refused, and its text is not repeated") {
    auto const text = GENERATE(
        as<std::string>(), "", "https", "https:", "https:/h", "//h", "h", "ftp://h", " https://h", "https://",
        "https:///path", "https://:443", "https://h:", "https://h:0", "https://h:65536",
        "https://h:99999999999", "https://h:+1", "https://h:1a", "https://user:s3cret@h", "https://s3cret@h",
        "https://h?s3cret", "https://h/?a", "https://h#f", "https://h/#", "https://h/a b", "https://h/a\nb",
        "https://h/\"", "https://h/<", "https://h/\\", "https://h/%", "https://h/%2", "https://h/%2g",
        "https://h/./a", "https://h/a/..", "https://h/../a", "https://h\\@evil", "https://[::1",
        "https://::1", "https://[]", "https://[::1]x", "https://[fe80::1%25eth0]", "https://[127.0.0.1]",
        "https://[::1]:", "https://127.1", "https://0x7f.1", "https://2130706433", "https://0x7f000001",
        "https://127.0.0.256", "https://1.2.3.4.5", "https://a..b", "https://.a", "https://a.b..",
        "https://-a", "https://a-", "https://a,b", "https://a%41", "https://h\x7f", "https://h\xc3\xa4");
    CAPTURE(text);
    auto const problem = problem_of(text);
    CHECK(problem.starts_with("base_url: "));
    CHECK(problem.find("s3cret") == problem.npos);
}

TEST_CASE("The limits of a base URL's parts") {
    std::string const label(63, 'a');
    CHECK(problem_of("https://" + label) == "none");
    CHECK(problem_of("https://a" + label) != "none");

    auto const name = label + "." + label + "." + label + "." + std::string(61, 'b');
    REQUIRE(name.size() == 253);
    CHECK(problem_of("https://" + name) == "none");
    CHECK(problem_of("https://" + name + ".") == "none");
    CHECK(problem_of("https://" + name + "b") != "none");

    auto const long_url = "https://h/" + std::string(2048 - 10, 'p');
    CHECK(problem_of(long_url) == "none");
    CHECK(problem_of(long_url + "p") != "none");
}

TEST_CASE("A NUL byte in a base URL is refused") {
    CHECK(problem_of(std::string("https://h\0.evil", 15)) != "none");
}

TEST_CASE("Which hosts are this machine") {
    auto const loopback = [](char const* text) { return is_loopback(parse_base_url(text)); };
    CHECK(loopback("http://localhost"));
    CHECK(loopback("http://LOCALHOST."));
    CHECK(loopback("http://api.localhost"));
    CHECK(loopback("http://127.0.0.1"));
    CHECK(loopback("http://127.255.255.254"));
    CHECK(loopback("http://[::1]"));
    CHECK(loopback("http://[0:0:0:0:0:0:0:1]"));
    CHECK_FALSE(loopback("http://localhost.example"));
    CHECK_FALSE(loopback("http://notlocalhost"));
    CHECK_FALSE(loopback("http://127.evil.example"));
    CHECK_FALSE(loopback("http://128.0.0.1"));
    CHECK_FALSE(loopback("http://0.0.0.0"));
    CHECK_FALSE(loopback("http://[::2]"));
}
