#pragma once

#include "core/url.hpp"

#include <string_view>

namespace e2b::core {

// The proxy does not want the host to be reached through it: `no_proxy` as in ProxyConfig.
[[nodiscard]] bool bypasses_proxy(std::string_view no_proxy, Url const& url);

} // namespace e2b::core
