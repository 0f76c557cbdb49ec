#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace e2b::core {

/// Reads an HTTP date (RFC 9110, 5.6.7) in its present form or one of the two obsolete ones. `now` decides
/// the century of a year of two digits: a date more than 50 years ahead is in the past.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now);

} // namespace e2b::core
