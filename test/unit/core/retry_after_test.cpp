#include "core/http_date.hpp"
#include "core/retry_after.hpp"
#include "support/catch.hpp"

#include <string>

using namespace std::chrono;
using e2b::core::longest_retry_after;
using e2b::core::parse_http_date;
using e2b::core::parse_retry_after;

namespace {

constexpr sys_seconds now = sys_days(2026y / October / 15) + 12h;

} // namespace

TEST_CASE("Retry-After in seconds") {
    CHECK(parse_retry_after("0", "", now) == 0s);
    CHECK(parse_retry_after("7", "", now) == 7s);
    CHECK(parse_retry_after("0030", "", now) == 30s);
    CHECK(parse_retry_after("2147483646", "", now) == longest_retry_after - 1s);
    CHECK(parse_retry_after("2147483647", "", now) == longest_retry_after);
    CHECK(parse_retry_after("2147483648", "", now) == longest_retry_after);
    CHECK(parse_retry_after(std::string(10'000, '9'), "", now) == longest_retry_after);
}

TEST_CASE("Retry-After as a date, in its three forms") {
    auto const value = GENERATE("Thu, 15 Oct 2026 12:01:30 GMT", "Thursday, 15-Oct-26 12:01:30 GMT",
                                "Thu Oct 15 12:01:30 2026");
    CHECK(parse_retry_after(value, "", now) == 90s);
}

TEST_CASE("Retry-After as a date in the past asks for no wait") {
    auto const value = GENERATE("Thu, 15 Oct 2026 12:00:00 GMT", "Thu, 15 Oct 2026 11:59:59 GMT",
                                "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994");
    CHECK(parse_retry_after(value, "", now) == 0s);
}

TEST_CASE("Retry-After as a date far ahead is cut") {
    CHECK(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", "", now) == longest_retry_after);
}

TEST_CASE("Retry-After as a date counts from when the server says it is") {
    auto const* const later = "Thu, 15 Oct 2026 12:01:30 GMT";
    CHECK(parse_retry_after(later, "Thu, 15 Oct 2026 12:01:00 GMT", now) == 30s);
    CHECK(parse_retry_after(later, "Thu, 15 Oct 2026 09:01:30 GMT", now) == 3h);
    CHECK(parse_retry_after(later, "Fri, 16 Oct 2026 12:00:00 GMT", now) == 0s);
    CHECK(parse_retry_after(later, "Sunday, 06-Nov-94 08:49:37 GMT", now) > 24h);
    CHECK(parse_retry_after(later, "yesterday", now) == 90s);
    CHECK(parse_retry_after("7", "Fri, 16 Oct 2026 12:00:00 GMT", now) == 7s);
}

TEST_CASE("Retry-After that cannot be read") {
    auto const value = GENERATE(
        "", "-1", "+1", "1.5", "1s", " 1", "1 ", "0x10", "soon", "1, 2", "Thu, 15 Oct 2026 12:01:30",
        "Thu, 15 Oct 2026 12:01:30 UTC", "Thu, 15 Oct 2026 12:01:30 GMT ", "Thu, 15 Oct 2026 24:00:00 GMT",
        "Thu, 15 Oct 2026 12:60:00 GMT", "Thu, 15 Oct 2026 12:00:61 GMT", "Thu, 31 Feb 2026 12:00:00 GMT",
        "Thu, 00 Oct 2026 12:00:00 GMT", "Thu, 15 oct 2026 12:00:00 GMT", "Xxx, 15 Oct 2026 12:00:00 GMT",
        "Thu, 5 Oct 2026 12:00:00 GMT", "Thu, 15 Oct 26 12:00:00 GMT", "Thursday, 15-Oct-2026 12:00:00 GMT",
        "Thu, 15-Oct-26 12:00:00 GMT", "Thu Oct 5 12:01:30 2026", "Thu Oct 15 12:01:30 2026 GMT",
        "Thu, -5 Oct 2026 12:00:00 GMT");
    CAPTURE(value);
    CHECK(parse_retry_after(value, "", now) == std::nullopt);
}

TEST_CASE("HTTP dates") {
    constexpr sys_seconds expected = sys_days(1994y / November / 6) + 8h + 49min + 37s;
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == expected);
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == expected);
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", now) == expected);
    CHECK(parse_http_date("Sat Feb 29 00:00:00 2020", now) == sys_days(2020y / February / 29));
    CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) == sys_days(2017y / January / 1));
}

TEST_CASE("A year of two digits is at most 50 years ahead") {
    auto const year_of = [](char const* text) {
        return year_month_day(floor<days>(parse_http_date(text, now).value())).year();
    };
    CHECK(year_of("Monday, 01-Jan-76 00:00:00 GMT") == 2076y);
    CHECK(year_of("Monday, 01-Jan-77 00:00:00 GMT") == 1977y);
    CHECK(year_of("Monday, 01-Jan-00 00:00:00 GMT") == 2000y);
}
