#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace e2b::core {

/// A base URL taken apart.
struct Url {
    bool tls = true;
    /// Lower case, without the brackets of an IPv6 address and without a name's trailing dot: what is
    /// resolved, sent as SNI and verified.
    std::string host;
    std::uint16_t port = 443;
    /// The path that every target begins with: empty, or `/...` without a slash at its end.
    std::string prefix;
    /// `host` is an IPv4 or IPv6 address in its canonical form.
    bool is_ip_literal = false;
    /// The value of `Host`: with brackets where they belong, and the port unless it is the scheme's own.
    std::string host_header;
};

/// Takes `http[s]://host[:port][/prefix]` apart. Throws `ConfigError` for the field `base_url`, whose text
/// never repeats the URL, since it may have a password in it.
[[nodiscard]] Url parse_base_url(std::string_view text);

/// `host` names this machine: `localhost` and names below it, 127.0.0.0/8, ::1.
[[nodiscard]] bool is_loopback(Url const& url);

} // namespace e2b::core
