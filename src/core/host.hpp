#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// The `host[:port]` of a URL.
struct Authority {
    /// Lower case, without brackets and without a name's trailing dot.
    std::string host;
    std::optional<std::uint16_t> port;
    bool is_ip_literal = false;
};

/// Reads `host`, `host:port`, `[v6]` or `[v6]:port`. On failure, yields nothing and says in `problem` what is
/// wrong with it. A host that ends in a number but is no dotted IPv4 address is refused: resolvers read
/// `127.1` or `0x7f000001` as addresses, so that it would not be what it seems.
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text, std::string_view& problem);

} // namespace e2b::core
