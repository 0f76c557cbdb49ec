#include "core/http_date.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace e2b::core {

using namespace base;

namespace {

using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a date apart from its front; the first thing that does not fit makes it fail for good.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void literal(std::string_view expected) {
        good_ = good_ && rest_.starts_with(expected);
        if (good_)
            rest_.remove_prefix(expected.size());
    }

    int digits(std::size_t count) {
        auto const text = rest_.substr(0, count);
        good_ = good_ && text.size() == count && std::ranges::all_of(text, is_digit);
        if (!good_)
            return 0;
        int value = 0;
        for (char const digit : text)
            value = value * 10 + (digit - '0');
        rest_.remove_prefix(count);
        return value;
    }

    // The day of a month as asctime pads it: two digits, or a space and one.
    int padded_day() {
        if (!rest_.starts_with(' '))
            return digits(2);
        literal(" ");
        return digits(1);
    }

    unsigned month() {
        auto const* const found = std::ranges::find(months, rest_.substr(0, 3));
        good_ = good_ && found != months.end();
        if (!good_)
            return 0;
        rest_.remove_prefix(3);
        return static_cast<unsigned>(found - months.begin()) + 1;
    }

    // A day's name, whole or its first three letters.
    void day_name(bool whole) {
        for (auto const day : days) {
            auto const name = whole ? day : day.substr(0, 3);
            if (rest_.starts_with(name))
                return literal(name);
        }
        good_ = false;
    }

    void time() {
        hour_ = digits(2);
        literal(":");
        minute_ = digits(2);
        literal(":");
        second_ = digits(2); // 60 is a leap second
    }

    [[nodiscard]] std::optional<sys_seconds> at(int year_, unsigned month_, int day_) const {
        year_month_day const date{std::chrono::year(year_), std::chrono::month(month_),
                                  std::chrono::day(static_cast<unsigned>(day_))};
        if (!good_ || !rest_.empty() || !date.ok() || hour_ > 23 || minute_ > 59 || second_ > 60)
            return std::nullopt;
        return std::chrono::sys_days(date) + std::chrono::hours(hour_) + std::chrono::minutes(minute_) +
               std::chrono::seconds(second_);
    }

private:
    std::string_view rest_;
    bool good_ = true;
    int hour_ = 0;
    int minute_ = 0;
    int second_ = 0;
};

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<sys_seconds> parse_imf(std::string_view text) {
    Reader reader(text);
    reader.day_name(false);
    reader.literal(", ");
    int const day = reader.digits(2);
    reader.literal(" ");
    unsigned const month = reader.month();
    reader.literal(" ");
    int const year = reader.digits(4);
    reader.literal(" ");
    reader.time();
    reader.literal(" GMT");
    return reader.at(year, month, day);
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<sys_seconds> parse_rfc850(std::string_view text, sys_seconds now) {
    Reader reader(text);
    reader.day_name(true);
    reader.literal(", ");
    int const day = reader.digits(2);
    reader.literal("-");
    unsigned const month = reader.month();
    reader.literal("-");
    int const year_of_century = reader.digits(2);
    reader.literal(" ");
    reader.time();
    reader.literal(" GMT");
    int const this_year = static_cast<int>(year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
    int year = this_year - this_year % 100 + year_of_century;
    if (year > this_year + 50)
        year -= 100;
    return reader.at(year, month, day);
}

// Sun Nov  6 08:49:37 1994
std::optional<sys_seconds> parse_asctime(std::string_view text) {
    Reader reader(text);
    reader.day_name(false);
    reader.literal(" ");
    unsigned const month = reader.month();
    reader.literal(" ");
    int const day = reader.padded_day();
    reader.literal(" ");
    reader.time();
    reader.literal(" ");
    int const year = reader.digits(4);
    return reader.at(year, month, day);
}

} // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
    if (auto const date = parse_imf(text))
        return date;
    if (auto const date = parse_rfc850(text, now))
        return date;
    return parse_asctime(text);
}

} // namespace e2b::core
