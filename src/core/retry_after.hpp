#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace e2b::core {

/// The longest wait that `parse_retry_after` yields; longer ones become this.
inline constexpr std::chrono::seconds longest_retry_after{2'147'483'647};

/// Reads the value of `Retry-After`: seconds, or an HTTP date in any of its three forms. A date is compared
/// with the response's own `date`, so that it does not matter how the two clocks differ, and with `wall_now`
/// where that is empty or unreadable. A date in the past is 0; anything unreadable or negative is nothing.
[[nodiscard]] std::optional<std::chrono::seconds>
parse_retry_after(std::string_view value, std::string_view date, std::chrono::sys_seconds wall_now);

} // namespace e2b::core
