#include "base/ascii.hpp"
#include "core/check.hpp"
#include "core/header_check.hpp"
#include "core/proxy_url.hpp"
#include "core/secret.hpp"
#include "core/url.hpp"

#include <e2b/config.hpp>
#include <e2b/error.hpp>

#include <algorithm>
#include <cstdlib>

namespace e2b {

namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

std::string environment(char const* name) {
    char const* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string first_set(char const* name, char const* other_name) {
    auto value = environment(name);
    return value.empty() ? environment(other_name) : value;
}

void check_time(char const* field, nanoseconds value, hours most, char const* most_text) {
    if (value <= nanoseconds(0) || value > most)
        throw ConfigError(field, std::string("must be more than 0 and at most ") + most_text);
}

void check_count(char const* field, std::size_t value, std::size_t least, std::size_t most) {
    if (value < least || value > most)
        throw ConfigError(field, "must be within " + std::to_string(least) + " to " + std::to_string(most));
}

void check_endpoint(ClientConfig const& config) {
    auto const url = core::parse_base_url(config.base_url);
    if (!url.tls && !config.allow_plain_http && !core::is_loopback(url))
        throw ConfigError("base_url", "must begin with https:// unless the host is this machine (or "
                                      "allow_plain_http is set): the API key would travel in the clear");
    if (config.api_key.empty())
        throw ConfigError("api_key", "is missing; set it, or the environment variable E2B_API_KEY");
    if (!core::is_header_value(config.api_key.reveal(), 512))
        throw ConfigError("api_key",
                          "must be printable ASCII of at most 512 bytes, without a space at either end");
}

// The base64 of 32 bytes: 43 digits, the last of which holds four bits, and one `=`.
bool is_sha256_base64(std::string_view text) {
    auto const is_digit = [](char c) { return base::is_alnum(c) || c == '+' || c == '/'; };
    return text.size() == 44 && text.back() == '=' && std::ranges::all_of(text.substr(0, 43), is_digit) &&
           std::string_view("AEIMQUYcgkosw048").find(text[42]) != std::string_view::npos;
}

void check_tls(TlsConfig const& tls) {
    if (tls.client_certificate_file.empty() != tls.client_key_file.empty())
        throw ConfigError(tls.client_key_file.empty() ? "tls.client_key_file" : "tls.client_certificate_file",
                          "is missing: a client's certificate and its key go together");
    if (!std::ranges::all_of(tls.pinned_spki_sha256, is_sha256_base64))
        throw ConfigError("tls.pinned_spki_sha256", "must be the base64 of 32 bytes: 44 characters");
}

void check_proxy(ProxyConfig const& proxy) {
    if (!proxy.url.empty())
        static_cast<void>(core::parse_proxy_url(proxy.url));
    if (!std::ranges::all_of(proxy.no_proxy, base::is_printable))
        throw ConfigError("proxy.no_proxy", "has a control byte or a byte that is not ASCII");
}

void check_headers(ClientConfig const& config) {
    if (auto const problem = core::header_problem(config.headers, 8))
        throw ConfigError("headers", *problem);
    if (!config.user_agent.empty() && !core::is_header_value(config.user_agent, 512))
        throw ConfigError("user_agent",
                          "must be printable ASCII of at most 512 bytes, without a space at either end");
}

} // namespace

ApiKey::ApiKey(std::string key) noexcept : key_(std::move(key)) {
    core::wipe(key); // the text of a short string is still in it
}

ApiKey::ApiKey(ApiKey&& other) noexcept : key_(std::move(other.key_)) {
    core::wipe(other.key_);
}

ApiKey& ApiKey::operator=(ApiKey other) noexcept {
    key_.swap(other.key_);
    return *this;
}

ApiKey::~ApiKey() {
    core::wipe(key_);
}

ProxyConfig::ProxyConfig(ProxyConfig&& other) noexcept
    : url(std::move(other.url)),
      no_proxy(std::move(other.no_proxy)) {
    core::wipe(other.url);
}

ProxyConfig& ProxyConfig::operator=(ProxyConfig other) noexcept {
    url.swap(other.url);
    no_proxy.swap(other.no_proxy);
    return *this;
}

ProxyConfig::~ProxyConfig() {
    core::wipe(url);
}

ClientConfig::~ClientConfig() {
    for (auto& [name, value] : headers)
        core::wipe(value);
}

ClientConfig ClientConfig::from_environment() {
    ClientConfig config;
    config.api_key = ApiKey(environment("E2B_API_KEY"));
    if (auto const url = environment("E2B_API_URL"); !url.empty())
        config.base_url = url;
    else if (base::iequals(environment("E2B_DEBUG"), "true"))
        config.base_url = "http://localhost:3000";
    else if (auto const domain = environment("E2B_DOMAIN"); !domain.empty())
        config.base_url = "https://api." + domain;
    config.tls.ca_file = environment("SSL_CERT_FILE");
    config.tls.ca_dir = environment("SSL_CERT_DIR");
    return config;
}

void ClientConfig::proxy_from_environment() {
    if (std::getenv("REQUEST_METHOD") != nullptr || !base::iequals(base_url.substr(0, 8), "https://"))
        return;
    proxy.url = first_set("HTTPS_PROXY", "https_proxy");
    proxy.no_proxy = first_set("NO_PROXY", "no_proxy");
}

void ClientConfig::validate() const {
    check_endpoint(*this);
    check_tls(tls);
    check_proxy(proxy);
    check_time("timeout", timeout, hours(24), "24 h");
    check_time("attempt_timeout", attempt_timeout, hours(24), "24 h");
    check_time("connect_timeout", connect_timeout, hours(1), "1 h");
    if (platform_time_limit < std::chrono::seconds(1) || platform_time_limit > hours(1))
        throw ConfigError("platform_time_limit", "must be within 1 s and 1 h");
    check_count("max_connections", max_connections, 1, 1'000'000);
    check_count("max_waiters", max_waiters, 0, 10'000'000);
    check_time("idle_timeout", idle_timeout, hours(365 * 24), "365 days");
    check_time("max_connection_age", max_connection_age, hours(365 * 24), "365 days");
    if (max_requests_per_connection == 0)
        throw ConfigError("max_requests_per_connection", "must be at least 1");
    if (auto const problem = core::find_problem(retry))
        throw ConfigError(problem->field, problem->text);
    check_headers(*this);
}

} // namespace e2b
