#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace e2b::core {

/// Where a proxy is, and who we are to it, which is wiped when this goes away.
struct ProxyUrl {
    ProxyUrl() = default;
    ProxyUrl(ProxyUrl&&) noexcept = default;
    ProxyUrl& operator=(ProxyUrl&&) = delete;
    ~ProxyUrl();

    std::string host; ///< as in `Url`
    std::uint16_t port = 80;
    std::string user;     ///< percent-decoded; empty if there is none
    std::string password; ///< percent-decoded
};

/// Takes `[http://][user[:password]@]host[:port][/]` apart. Throws `ConfigError` for the field `proxy.url`,
/// whose text repeats nothing of the URL.
[[nodiscard]] ProxyUrl parse_proxy_url(std::string_view text);

} // namespace e2b::core
