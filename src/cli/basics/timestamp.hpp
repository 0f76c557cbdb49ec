#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// `2026-11-24T05:03:12.123456Z`
std::string format_time(std::chrono::system_clock::time_point time);

// The same, read; nothing where it is something else. The fraction may be left out.
std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text);

} // namespace e2b::cli
