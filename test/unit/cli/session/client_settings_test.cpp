#include "cli/basics/usage_error.hpp"
#include "cli/session/api_key_file.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/settings_source.hpp"
#include "support/catch.hpp"
#include "support/environment.hpp"

#include <cstdio>
#include <fstream>
#include <map>
#include <stdlib.h>
#include <string>
#include <unistd.h>

using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

// A file that goes away with the test.
class KeyFile {
public:
    explicit KeyFile(std::string const& content) {
        int const descriptor = ::mkstemp(path_.data());
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~KeyFile() { std::remove(path_.c_str()); }
    [[nodiscard]] std::string const& path() const { return path_; }

private:
    std::string path_ = "/tmp/e2b-key-XXXXXX";
};

std::string key_in(std::string const& content) {
    KeyFile const file(content);
    return read_api_key_file(file.path()).reveal();
}

} // namespace

TEST_CASE("a key file holds the key, and at most a byte order mark and a line feed besides", "[cli][key]") {
    CHECK(key_in("e2b_secret") == "e2b_secret");
    CHECK(key_in("e2b_secret\n") == "e2b_secret");
    CHECK(key_in("\xEF\xBB\xBF"
                 "e2b_secret\n") == "e2b_secret");
}

TEST_CASE("what else is in a key file is said with the file's name, and without the key", "[cli][key]") {
    for (auto const& [content, word] : std::map<std::string, std::string>{
             {"e2b_secret\r\n", "carriage return"},
             {"e2b_secret\n\n", "more than one line"},
             {"\"e2b_secret\"\n", "quotes"},
             {"'e2b_secret'", "quotes"},
             {" e2b_secret", "blanks"},
             {"e2b_secret\t", "blanks"},
             {"E2B_API_KEY=e2b_secret", "NAME=KEY"},
             {std::string("e2b_secret\0", 11), "zero byte"},
             {"\xFF\xFE"
              "e",
              "UTF-16"},
         }) {
        KeyFile const file(content);
        std::string message;
        try {
            static_cast<void>(read_api_key_file(file.path()));
        } catch (UsageError const& error) {
            message = error.what();
        }
        INFO(message);
        CHECK(message.find(file.path()) != std::string::npos);
        CHECK(message.find(word) != std::string::npos);
        CHECK(message.find("secret") == std::string::npos);
    }
}

TEST_CASE("a key in place of the file's name is not printed", "[cli][key]") {
    for (std::string const key : {"e2b_0123456789abcdef", "0123456789abcdef0123456789abcdef"}) {
        std::string message;
        try {
            static_cast<void>(read_api_key_file(key));
        } catch (UsageError const& error) {
            message = error.what();
        }
        CHECK(message.find("--api-key-file: takes the name of a file") == 0);
        CHECK(message.find(key) == std::string::npos);
    }
}

TEST_CASE("a key file that holds no key is refused, naming the file", "[cli][key]") {
    KeyFile const empty("\n");
    CHECK_THROWS_WITH(read_api_key_file(empty.path()), "--api-key-file " + empty.path() + ": is empty");
    KeyFile const large(std::string(5000, 'k'));
    CHECK_THROWS_WITH(read_api_key_file(large.path()), Catch::Matchers::ContainsSubstring("too long"));
    CHECK_THROWS_WITH(read_api_key_file("/nonexistent/key"),
                      Catch::Matchers::ContainsSubstring("/nonexistent/key"));
    CHECK_THROWS_AS(read_api_key_file("/tmp"), UsageError);
}

TEST_CASE("options override the environment, and the environment the defaults", "[cli][settings]") {
    e2b::test::Environment environment;
    environment.set("E2B_API_KEY", "from-environment");
    environment.set("E2B_API_URL", "https://127.0.0.1:1");
    environment.set("SSL_CERT_FILE", "environment.pem");
    environment.set("SSL_CERT_DIR", "environment");
    SendOptions options;
    auto config = client_settings(options, 1);
    CHECK(config.api_key.reveal() == "from-environment");
    CHECK(config.base_url == "https://127.0.0.1:1");
    CHECK(config.tls.ca_file == "environment.pem");

    KeyFile const file("from-file\n");
    options.api_key_file = file.path();
    options.api_url = "https://127.0.0.1:2";
    options.ca_file = "option.pem";
    options.timeout = 7s;
    options.max_attempts = 2;
    options.platform_time_limit = 250s;
    options.headers = {{"X-Pool", "a"}};
    config = client_settings(options, 1);
    CHECK(config.api_key.reveal() == "from-file");
    CHECK(config.base_url == "https://127.0.0.1:2");
    CHECK(config.tls.ca_file == "option.pem");
    CHECK(config.tls.ca_dir.empty());
    CHECK(config.timeout == 7s);
    CHECK(config.retry.max_attempts == 2);
    CHECK(config.attempt_timeout == 90s);
    CHECK(config.platform_time_limit == 250s);
    CHECK(config.headers == options.headers);
}

TEST_CASE("without a key the message says where one can be put", "[cli][settings]") {
    e2b::test::Environment const environment;
    CHECK_THROWS_WITH(client_settings(SendOptions(), 1),
                      Catch::Matchers::ContainsSubstring("E2B_API_KEY") &&
                          Catch::Matchers::ContainsSubstring("--api-key-file"));
}

TEST_CASE("concurrency raises the number of connections unless that is given", "[cli][settings]") {
    SendOptions options;
    e2b::ClientConfig config;
    apply_limits(options, 10, config);
    CHECK(config.max_connections == 256);
    apply_limits(options, 5000, config);
    CHECK(config.max_connections == 5000);
    options.max_connections = 20;
    apply_limits(options, 200'000, config);
    CHECK(config.max_connections == 20);
    CHECK(config.max_waiters >= 200'000);
}

TEST_CASE("what the library refuses is said by the name of where it came from", "[cli][settings]") {
    auto const variables = [](std::map<std::string, std::string> set) {
        return [set = std::move(set)](char const* name) -> std::optional<std::string> {
            auto const found = set.find(name);
            return found == set.end() ? std::nullopt : std::optional(found->second);
        };
    };
    SendOptions options;
    auto const explained = [&](char const* field, std::map<std::string, std::string> set) {
        return explain(e2b::ConfigError(field, "must be better"), options, variables(std::move(set)));
    };
    CHECK(explained("proxy.url", {{"HTTPS_PROXY", "x"}}) == "HTTPS_PROXY: must be better");
    CHECK(explained("proxy.url", {{"https_proxy", "x"}}) == "https_proxy: must be better");
    CHECK(explained("proxy.no_proxy", {{"no_proxy", "x"}}) == "no_proxy: must be better");
    CHECK(explained("tls.ca_dir", {{"SSL_CERT_DIR", "x"}}) == "SSL_CERT_DIR: must be better");
    CHECK(explained("tls.ca_file", {{"SSL_CERT_FILE", "x"}}) == "SSL_CERT_FILE: must be better");
    CHECK(explained("base_url", {{"E2B_API_URL", "x"}}) == "E2B_API_URL: must be better");
    CHECK(explained("base_url", {{"E2B_DOMAIN", "x"}}) == "E2B_DOMAIN: must be better");
    CHECK(explained("base_url", {}) == "base_url: must be better");
    CHECK(explained("api_key", {{"E2B_API_KEY", "x"}}) == "E2B_API_KEY: must be better");
    CHECK(explained("headers", {}) == "--header: must be better");
    CHECK(explained("platform_time_limit", {}) == "--platform-time-limit: must be better");
    CHECK(explained("max_connections", {}) == "--max-connections: must be better");
    CHECK(explained("user_agent", {}) == "user_agent: must be better");
    options.api_url = "x";
    options.ca_file = "x";
    options.api_key_file = "key.txt";
    CHECK(explained("base_url", {{"E2B_API_URL", "x"}}) == "--api-url: must be better");
    CHECK(explained("tls.ca_file", {{"SSL_CERT_FILE", "x"}}) == "--ca-file: must be better");
    CHECK(explained("api_key", {}) == "--api-key-file key.txt: must be better");
}

TEST_CASE("variables that say something else than they should are named", "[cli][settings]") {
    e2b::test::Environment environment;
    SendOptions options;
    environment.set("E2B_API_KEY", "e2b_key");
    environment.set("E2B_DOMAIN", "https://api.example.com");
    CHECK_THROWS_WITH(client_settings(options, 1),
                      Catch::Matchers::StartsWith("E2B_DOMAIN: must be a domain"));
    environment.set("E2B_API_URL", "https://api.example.com"); // then the domain does not count
    CHECK_NOTHROW(client_settings(options, 1));
    environment.set("E2B_API_KEY", "\"e2b_key\"");
    CHECK_THROWS_WITH(client_settings(options, 1), Catch::Matchers::StartsWith("E2B_API_KEY: has quotes"));
}
