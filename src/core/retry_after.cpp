#include "core/retry_after.hpp"

#include "base/ascii.hpp"
#include "core/http_date.hpp"

#include <algorithm>

namespace e2b::core {

using namespace base;

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::string_view date,
                                                      std::chrono::sys_seconds wall_now) {
    using std::chrono::seconds;
    if (value.empty())
        return std::nullopt;
    if (std::ranges::all_of(value, is_digit)) {
        seconds wait{0};
        for (char const digit : value)
            wait = std::min(wait * 10 + seconds(digit - '0'), longest_retry_after);
        return wait;
    }
    auto const until = parse_http_date(value, wall_now);
    if (!until)
        return std::nullopt;
    auto const sent_at = parse_http_date(date, wall_now).value_or(wall_now);
    return std::clamp(seconds(*until - sent_at), seconds(0), longest_retry_after);
}

} // namespace e2b::core
