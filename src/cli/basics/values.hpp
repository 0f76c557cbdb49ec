#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// `500ms`, `3s`, `1.5m`, `2h`: a decimal number and a unit. Throws std::invalid_argument saying what is
// allowed.
std::chrono::milliseconds parse_duration(std::string_view text);

// For people: `850 us`, `12.3 ms`, `4.21 s`, `2m 05s`, `3h 12m`.
std::string format_duration(std::chrono::nanoseconds value);

// For machines: milliseconds with three decimals at most, never in scientific notation.
std::string format_milliseconds(std::chrono::nanoseconds value);

// `0.42`, `512`, `20143`: what happened in a second.
std::string format_rate(double per_second);

} // namespace e2b::cli
