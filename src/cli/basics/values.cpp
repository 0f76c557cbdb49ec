#include "cli/basics/values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace e2b::cli {
namespace {

// Longer than any value that makes sense, and far from the end of the representation.
constexpr double longest_ms = 366.0 * 24 * 3600 * 1000;

constexpr std::array<std::pair<std::string_view, double>, 4> units{{
    {"ms", 1.0},
    {"s", 1000.0},
    {"m", 60'000.0},
    {"h", 3'600'000.0},
}};

template <class... Args>
std::string format(char const* pattern, Args... args) {
    std::array<char, 64> text{};
    int const size = std::snprintf(text.data(), text.size(), pattern, args...);
    return std::string(text.data(), static_cast<std::size_t>(size));
}

} // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
    auto const fail = [&]() -> std::invalid_argument {
        return std::invalid_argument(
            "'" + std::string(text) +
            "' is not a duration: a number and a unit (ms, s, m, h), such as 500ms or 3s");
    };
    char const* const end = text.data() + text.size();
    double number = 0;
    // A digit first: from_chars would take a sign, `inf` and `nan` as well.
    if (text.empty() || text.front() < '0' || text.front() > '9')
        throw fail();
    auto const [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc())
        throw fail();
    std::string_view const unit(rest, static_cast<std::size_t>(end - rest));
    for (auto const& [name, factor] : units) {
        if (unit != name)
            continue;
        if (number * factor > longest_ms)
            throw std::invalid_argument("'" + std::string(text) + "' is longer than a year");
        return std::chrono::milliseconds(std::llround(number * factor));
    }
    throw fail();
}

std::string format_duration(std::chrono::nanoseconds value) {
    double const seconds = std::chrono::duration<double>(value).count();
    if (seconds < 0.001)
        return format("%.0f us", seconds * 1e6);
    if (seconds < 0.1)
        return format("%.1f ms", seconds * 1e3);
    if (seconds < 1)
        return format("%.0f ms", seconds * 1e3);
    if (seconds < 10)
        return format("%.2f s", seconds);
    if (seconds < 60)
        return format("%.1f s", seconds);
    auto const whole = static_cast<long long>(seconds);
    if (whole < 3600)
        return format("%lldm %02llds", whole / 60, whole % 60);
    return format("%lldh %02lldm", whole / 3600, whole / 60 % 60);
}

std::string format_milliseconds(std::chrono::nanoseconds value) {
    return format("%.3f", std::chrono::duration<double, std::milli>(value).count());
}

std::string format_rate(double per_second) {
    return per_second < 10 ? format("%.2f", per_second) : format("%.0f", per_second);
}

} // namespace e2b::cli
