#include "core/rfc3339.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace e2b::core {

using namespace base;

namespace {

// Whether the text has a digit wherever the form has a 0, and is the same elsewhere.
bool has_form(std::string_view text, std::string_view form) noexcept {
    return std::ranges::equal(text, form,
                              [](char c, char wanted) { return wanted == '0' ? is_digit(c) : c == wanted; });
}

int number(std::string_view digits) noexcept {
    int value = 0;
    for (char const digit : digits)
        value = value * 10 + (digit - '0');
    return value;
}

bool is_date(std::string_view text) noexcept {
    using namespace std::chrono;
    return has_form(text, "0000-00-00") &&
           year_month_day(year(number(text.substr(0, 4))),
                          month(static_cast<unsigned>(number(text.substr(5, 2)))),
                          day(static_cast<unsigned>(number(text.substr(8)))))
               .ok();
}

bool is_hour_and_minute(std::string_view text) noexcept {
    return has_form(text, "00:00") && number(text.substr(0, 2)) <= 23 && number(text.substr(3)) <= 59;
}

bool is_zone(std::string_view text) noexcept {
    bool const has_offset = text.starts_with('+') || text.starts_with('-');
    return has_offset ? is_hour_and_minute(text.substr(1)) : text == "Z";
}

} // namespace

bool is_rfc3339(std::string_view text) noexcept {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    auto const time = text.substr(0, form.size());
    if (!has_form(time, form) || !is_date(time.substr(0, 10)) || !is_hour_and_minute(time.substr(11, 5)) ||
        number(time.substr(17)) > 59)
        return false;
    text.remove_prefix(form.size());
    if (text.starts_with('.')) {
        auto const decimals = std::min(text.find_first_not_of("0123456789", 1), text.size());
        if (decimals == 1)
            return false;
        text.remove_prefix(decimals);
    }
    return is_zone(text);
}

} // namespace e2b::core
