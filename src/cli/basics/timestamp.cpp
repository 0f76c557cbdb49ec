#include "cli/basics/timestamp.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace e2b::cli {

using Clock = std::chrono::system_clock;

namespace {

// Takes a number of exactly `digits` digits and what follows it from the text's front.
bool take(std::string_view& text, std::size_t digits, std::string_view separator, int& number) {
    if (text.size() < digits + separator.size() || text.substr(digits, separator.size()) != separator)
        return false;
    char const* const end = text.data() + digits;
    auto const [rest, error] = std::from_chars(text.data(), end, number);
    bool const is_number = error == std::errc() && rest == end && text.front() >= '0' && text.front() <= '9';
    text.remove_prefix(digits + separator.size());
    return is_number;
}

} // namespace

std::string format_time(Clock::time_point time) {
    auto const whole = std::chrono::floor<std::chrono::seconds>(time);
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
    std::time_t const seconds = Clock::to_time_t(whole);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    auto const size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text.data() + size, text.size() - size, ".%06lldZ", static_cast<long long>(micros));
    return text.data();
}

std::optional<Clock::time_point> parse_time(std::string_view text) {
    if (!text.ends_with('Z'))
        return std::nullopt;
    text.remove_suffix(1);
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool const is_time = take(text, 4, "-", year) && take(text, 2, "-", month) && take(text, 2, "T", day) &&
                         take(text, 2, ":", hour) && take(text, 2, ":", minute) && take(text, 2, "", second);
    int micros = 0;
    bool const has_fraction = text.size() == 7 && text.front() == '.';
    if (has_fraction)
        text.remove_prefix(1);
    if (!is_time || (has_fraction && !take(text, 6, "", micros)) || !text.empty())
        return std::nullopt;
    using namespace std::chrono;
    year_month_day const date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    // The clock's nanoseconds reach to 2262.
    if (!date.ok() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + microseconds(micros);
}

} // namespace e2b::cli
