#include "simulator/timestamp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

namespace e2b::sim {
namespace {

using namespace std::chrono;

// Takes digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
    if (text.size() < digits)
        return std::nullopt;
    int value = 0;
    for (char const c : text.substr(0, digits)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take_char(std::string_view& text, std::string_view allowed) noexcept {
    if (text.empty() || allowed.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

// Decimals after the point, to nanoseconds; further ones are dropped.
nanoseconds take_fraction(std::string_view& text) noexcept {
    nanoseconds::rep value = 0;
    nanoseconds::rep unit = 100'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value += (text.front() - '0') * unit;
        unit /= 10;
        text.remove_prefix(1);
    }
    return nanoseconds(value);
}

std::optional<minutes> take_offset(std::string_view text) noexcept {
    if (text == "Z" || text == "z")
        return minutes(0);
    bool const west = !text.empty() && text.front() == '-';
    if (!take_char(text, "+-"))
        return std::nullopt;
    auto const hour = take_number(text, 2);
    bool const colon = take_char(text, ":");
    auto const minute = take_number(text, 2);
    if (!hour || !colon || !minute || !text.empty() || *hour > 23 || *minute > 59)
        return std::nullopt;
    auto const offset = hours(*hour) + minutes(*minute);
    return west ? -offset : offset;
}

} // namespace

void append_timestamp(std::string& out, system_clock::time_point time) {
    auto const day = floor<days>(time);
    year_month_day const date(day);
    hh_mm_ss const clock(floor<milliseconds>(time - day));
    std::array<char, 64> text;
    int const size = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    out.append(text.data(), static_cast<std::size_t>(size));
}

std::optional<system_clock::time_point> parse_timestamp(std::string_view text) {
    auto const y = take_number(text, 4);
    bool shaped = take_char(text, "-");
    auto const m = take_number(text, 2);
    shaped = take_char(text, "-") && shaped;
    auto const d = take_number(text, 2);
    shaped = take_char(text, "Tt") && shaped;
    auto const hour = take_number(text, 2);
    shaped = take_char(text, ":") && shaped;
    auto const minute = take_number(text, 2);
    shaped = take_char(text, ":") && shaped;
    auto const second = take_number(text, 2);
    if (!shaped || !y || !m || !d || !hour || !minute || !second)
        return std::nullopt;
    nanoseconds const fraction = take_char(text, ".") ? take_fraction(text) : nanoseconds(0);
    auto const offset = take_offset(text);
    year_month_day const date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
    // The clock's nanoseconds reach from 1678 to 2262.
    if (!offset || !date.ok() || *y < 1700 || *y > 2200 || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    auto const local = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + fraction;
    return time_point_cast<system_clock::duration>(local - *offset);
}

} // namespace e2b::sim
