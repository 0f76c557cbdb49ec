#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::sim {

/// `2026-01-31T12:34:56.789Z`.
void append_timestamp(std::string& out, std::chrono::system_clock::time_point time);

/// Reads RFC 3339: any number of decimals, `Z` or an offset.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_timestamp(std::string_view text);

} // namespace e2b::sim
