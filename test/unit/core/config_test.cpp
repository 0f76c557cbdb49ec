#include "support/catch.hpp"
#include "support/environment.hpp"

#include <e2b/config.hpp>
#include <e2b/error.hpp>

#include <functional>
#include <string>

using namespace e2b;
using namespace std::chrono_literals;
using test::Environment;

namespace {

constexpr char const* secret = "e2b_s3cret";

ClientConfig valid() {
    ClientConfig config;
    config.api_key = ApiKey(secret);
    return config;
}

std::string refused_field(ClientConfig const& config) {
    try {
        config.validate();
    } catch (ConfigError const& error) {
        std::string const text = error.what();
        CHECK(text.starts_with(error.field() + ": "));
        CHECK(text.find("s3cret") == text.npos);
        return error.field();
    }
    return "none";
}

struct Change {
    char const* field; // that is refused, or none
    std::function<void(ClientConfig&)> apply;
};

void check_changes(std::vector<Change> const& changes) {
    for (std::size_t i = 0; i != changes.size(); ++i) {
        CAPTURE(i);
        auto config = valid();
        changes[i].apply(config);
        CHECK(refused_field(config) == changes[i].field);
    }
}

constexpr char const* none = "none";
constexpr auto year = 365 * 24h;

} // namespace

TEST_CASE("The default configuration lacks only the key") {
    CHECK(refused_field(ClientConfig()) == "api_key");
    CHECK(refused_field(valid()) == "none");
}

TEST_CASE("The endpoint's rules") {
    check_changes({
        {"base_url", [](auto& c) { c.base_url = ""; }},
        {"base_url", [](auto& c) { c.base_url = "https://u:s3cret@h"; }},
        {"base_url", [](auto& c) { c.base_url = "http://api.e2b.app"; }},
        {none, [](auto& c) { c.base_url = "http://localhost:3000"; }},
        {none, [](auto& c) { c.base_url = "http://127.0.0.1:3000"; }},
        {none,
         [](auto& c) {
             c.base_url = "http://10.0.0.1";
             c.allow_plain_http = true;
         }},
    });
}

TEST_CASE("The key's rules") {
    auto const key = [](std::string text) { return [text](ClientConfig& c) { c.api_key = ApiKey(text); }; };
    check_changes({
        {"api_key", key("")},
        {"api_key", key("e2b_s3cret\r\nX: y")},
        {"api_key", key("e2b_s3cret\n")},
        {"api_key", key(" e2b_s3cret")},
        {"api_key", key("e2b_s3cret ")},
        {"api_key", key("e2b_s3cret\x7f")},
        {"api_key", key("e2b_s3cret\xc3\xa4")},
        {"api_key", key(std::string("e2b_s3cret\0", 11))},
        {none, key("any thing printable ~!")},
        {none, key(std::string(512, 'k'))},
        {"api_key", key(std::string(513, 'k'))},
    });
}

TEST_CASE("The rules of times") {
    check_changes({
        {"timeout", [](auto& c) { c.timeout = 0ms; }},
        {"timeout", [](auto& c) { c.timeout = -1ms; }},
        {none, [](auto& c) { c.timeout = 1ms; }},
        {none, [](auto& c) { c.timeout = 24h; }},
        {"timeout", [](auto& c) { c.timeout = 24h + 1ms; }},
        {"attempt_timeout", [](auto& c) { c.attempt_timeout = 0ms; }},
        {none, [](auto& c) { c.attempt_timeout = 24h; }},
        {"attempt_timeout", [](auto& c) { c.attempt_timeout = 24h + 1ms; }},
        {"platform_time_limit", [](auto& c) { c.platform_time_limit = 999ms; }},
        {none, [](auto& c) { c.platform_time_limit = 1s; }},
        {none, [](auto& c) { c.platform_time_limit = 1h; }},
        {"platform_time_limit", [](auto& c) { c.platform_time_limit = 1h + 1ms; }},
        {"connect_timeout", [](auto& c) { c.connect_timeout = 0ms; }},
        {none, [](auto& c) { c.connect_timeout = 1h; }},
        {"connect_timeout", [](auto& c) { c.connect_timeout = 1h + 1ms; }},
        {"idle_timeout", [](auto& c) { c.idle_timeout = 0ms; }},
        {none, [](auto& c) { c.idle_timeout = year; }},
        {"idle_timeout", [](auto& c) { c.idle_timeout = std::chrono::nanoseconds::max(); }},
        {"max_connection_age", [](auto& c) { c.max_connection_age = 0ms; }},
        {none, [](auto& c) { c.max_connection_age = year; }},
        {"max_connection_age", [](auto& c) { c.max_connection_age = year + 1ms; }},
    });
}

TEST_CASE("The rules of counts") {
    check_changes({
        {"max_connections", [](auto& c) { c.max_connections = 0; }},
        {none, [](auto& c) { c.max_connections = 1; }},
        {none, [](auto& c) { c.max_connections = 1'000'000; }},
        {"max_connections", [](auto& c) { c.max_connections = 1'000'001; }},
        {none, [](auto& c) { c.max_waiters = 0; }},
        {none, [](auto& c) { c.max_waiters = 10'000'000; }},
        {"max_waiters", [](auto& c) { c.max_waiters = 10'000'001; }},
        {"max_requests_per_connection", [](auto& c) { c.max_requests_per_connection = 0; }},
        {none, [](auto& c) { c.max_requests_per_connection = 1; }},
        {"retry.max_attempts", [](auto& c) { c.retry.max_attempts = 0; }},
    });
}

TEST_CASE("The rules of TLS") {
    auto const pin = [](std::string text) {
        return [text](ClientConfig& c) { c.tls.pinned_spki_sha256 = {text}; };
    };
    std::string const digits(42, 'A');
    check_changes({
        {"tls.client_key_file", [](auto& c) { c.tls.client_certificate_file = "c.pem"; }},
        {"tls.client_certificate_file", [](auto& c) { c.tls.client_key_file = "k.pem"; }},
        {none, [](auto& c) { c.tls.client_certificate_file = c.tls.client_key_file = "both.pem"; }},
        {none, pin(digits + "A=")},
        {none, pin("9/+" + digits.substr(3) + "8=")},
        {"tls.pinned_spki_sha256", pin("")},
        {"tls.pinned_spki_sha256", pin(digits + "A")},
        {"tls.pinned_spki_sha256", pin(digits + "B=")},
        {"tls.pinned_spki_sha256", pin(digits + "A==")},
        {"tls.pinned_spki_sha256", pin(digits + "AA")},
        {"tls.pinned_spki_sha256", pin("-" + digits.substr(1) + "A=")},
    });
}

TEST_CASE("The rules of a proxy") {
    check_changes({
        {none, [](auto& c) { c.proxy.url = "http://u:s3cret@proxy:3128"; }},
        {"proxy.url", [](auto& c) { c.proxy.url = "https://u:s3cret@proxy:3128"; }},
        {none, [](auto& c) { c.proxy.no_proxy = "localhost, .example:8443,*"; }},
        {"proxy.no_proxy", [](auto& c) { c.proxy.no_proxy = "a\nb"; }},
    });
}

TEST_CASE("The rules of headers") {
    auto const header = [](std::string name, std::string value) {
        return [=](ClientConfig& c) { c.headers = {{"X-Good", "good"}, {name, value}}; };
    };
    check_changes({
        {none, header("X-Trace", "a b~")},
        {none, header("!#$%&'*+-.^_`|~09azAZ", "v")},
        {none, header("X-Empty", "")},
        {"headers", header("", "v")},
        {"headers", header("X Y", "s3cret")},
        {"headers", header("X:", "s3cret")},
        {"headers", header("X\r\nY", "s3cret")},
        {"headers", header("\xc3\xa4", "s3cret")},
        {"headers", header("X", "s3cret\r\nY: z")},
        {"headers", header("X", "s3cret\t")},
        {"headers", header("X", " s3cret")},
        {"headers", header("X", "s3cret ")},
        {"headers", header("X", "s3cret\xff")},
        {none, header("X", std::string(8192 - 14 - 5, 'v'))},
        {"headers", header("X", std::string(8192 - 14 - 4, 'v'))},
    });
}

TEST_CASE("Headers that are the library's own are refused, in any case") {
    auto const name =
        GENERATE(as<std::string>(), "Host", "content-length", "TRANSFER-ENCODING", "Connection", "Expect",
                 "x-api-key", "Proxy-Authorization", "proxy-", "User-Agent", "Accept", "Accept-Encoding",
                 "Content-Type", "Content-Encoding", "Keep-Alive", "TE", "Trailer", "Upgrade");
    CAPTURE(name);
    auto config = valid();
    config.headers = {{name, "v"}};
    CHECK(refused_field(config) == "headers");
}

TEST_CASE("The rules of the user agent") {
    check_changes({
        {none, [](auto& c) { c.user_agent = "my-service/1.0 (linux)"; }},
        {none, [](auto& c) { c.user_agent = std::string(512, 'u'); }},
        {"user_agent", [](auto& c) { c.user_agent = std::string(513, 'u'); }},
        {"user_agent", [](auto& c) { c.user_agent = "a\r\nb"; }},
    });
}

TEST_CASE("An API key is moved without leaving a copy behind") {
    // Short enough to lie within the string object itself.
    ApiKey source("0123456789");
    auto const& text = source.reveal();
    char const* const inside = text.data();
    ApiKey target(std::move(source));
    CHECK(target.reveal() == "0123456789");
    for (std::size_t i = 0; i != 10; ++i)
        CHECK(inside[i] == '\0');

    ApiKey other("other");
    other = target;
    CHECK(other.reveal() == target.reveal());
    CHECK_FALSE(other.empty());
    CHECK(ApiKey().empty());
}

TEST_CASE("The environment's defaults") {
    Environment const environment;
    auto const config = ClientConfig::from_environment();
    CHECK(config.base_url == "https://api.e2b.app");
    CHECK(config.api_key.empty());
    CHECK(config.tls.ca_file.empty());
    CHECK(config.tls.ca_dir.empty());
    CHECK(config.proxy.url.empty());
}

TEST_CASE("What the environment says") {
    Environment environment;
    environment.set("E2B_API_KEY", secret);
    environment.set("SSL_CERT_FILE", "/ca.pem");
    environment.set("SSL_CERT_DIR", "/ca");
    environment.set("HTTPS_PROXY", "http://proxy");
    auto const config = ClientConfig::from_environment();
    CHECK(config.api_key.reveal() == secret);
    CHECK(config.tls.ca_file == "/ca.pem");
    CHECK(config.tls.ca_dir == "/ca");
    CHECK(config.proxy.url.empty());
}

TEST_CASE("Which variable decides the base URL") {
    Environment environment;
    auto const base_url = [] { return ClientConfig::from_environment().base_url; };
    environment.set("E2B_DOMAIN", "e2b.example");
    CHECK(base_url() == "https://api.e2b.example");
    environment.set("E2B_DEBUG", "false");
    CHECK(base_url() == "https://api.e2b.example");
    environment.set("E2B_DEBUG", "True");
    CHECK(base_url() == "http://localhost:3000");
    environment.set("E2B_API_URL", "https://h/p");
    CHECK(base_url() == "https://h/p");
    environment.set("E2B_API_URL", "");
    CHECK(base_url() == "http://localhost:3000");
    environment.set("E2B_DEBUG", "");
    environment.set("E2B_DOMAIN", "");
    CHECK(base_url() == "https://api.e2b.app");
}

TEST_CASE("The environment's proxy") {
    Environment environment;
    environment.set("https_proxy", "http://lower");
    environment.set("no_proxy", "lower");
    ClientConfig config;

    SECTION("lower-case names count where the upper-case ones are not set") {
        config.proxy_from_environment();
        CHECK(config.proxy.url == "http://lower");
        CHECK(config.proxy.no_proxy == "lower");
    }
    SECTION("upper-case names come first") {
        environment.set("HTTPS_PROXY", "http://upper");
        environment.set("NO_PROXY", "upper");
        config.proxy_from_environment();
        CHECK(config.proxy.url == "http://upper");
        CHECK(config.proxy.no_proxy == "upper");
    }
    SECTION("it is not for plain http") {
        config.base_url = "http://localhost:3000";
        config.proxy_from_environment();
        CHECK(config.proxy.url.empty());
        CHECK(config.proxy.no_proxy.empty());
    }
    SECTION("it is not trusted under CGI") {
        environment.set("REQUEST_METHOD", "");
        config.proxy_from_environment();
        CHECK(config.proxy.url.empty());
        CHECK(config.proxy.no_proxy.empty());
    }
}
