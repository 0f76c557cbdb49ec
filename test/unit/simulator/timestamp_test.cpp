#include "simulator/timestamp.hpp"
#include "support/catch.hpp"

using namespace std::chrono;
using namespace e2b::sim;

namespace {

std::string write(system_clock::time_point time) {
    std::string text;
    append_timestamp(text, time);
    return text;
}

} // namespace

TEST_CASE("times are written to the millisecond, in UTC") {
    auto const time = sys_days(2026y / 1 / 31) + 12h + 34min + 56s + 7ms;
    CHECK(write(time) == "2026-01-31T12:34:56.007Z");
    CHECK(write(time + 999us) == "2026-01-31T12:34:56.007Z");
    CHECK(write(sys_days(1969y / 12 / 31) + 23h) == "1969-12-31T23:00:00.000Z");
}

TEST_CASE("times are read with decimals and offsets") {
    auto const time = sys_days(2026y / 1 / 31) + 12h + 34min + 56s;
    CHECK(parse_timestamp("2026-01-31T12:34:56Z") == time);
    CHECK(parse_timestamp("2026-01-31t12:34:56z") == time);
    CHECK(parse_timestamp("2026-01-31T12:34:56.007Z") == time + 7ms);
    CHECK(parse_timestamp("2026-01-31T12:34:56.123456789Z") == time + 123456789ns);
    CHECK(parse_timestamp("2026-01-31T12:34:56.1234567891234Z") == time + 123456789ns);
    CHECK(parse_timestamp("2026-01-31T14:04:56+01:30") == time);
    CHECK(parse_timestamp("2026-01-31T10:34:56-02:00") == time);
    CHECK(parse_timestamp(write(time)) == time);
}

TEST_CASE("what is no time") {
    for (char const* const text :
         {"", "2026-01-31", "2026-01-31T12:34:56", "2026-01-31 12:34:56Z", "2026-13-01T00:00:00Z",
          "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T00:60:00Z", "2026-01-31T00:00:61Z",
          "2026-01-31T00:00:00Zx", "2026-01-31T00:00:00+0100", "2026-01-31T00:00:00+24:00",
          "2026-1-31T00:00:00Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026-01-31T00:00:0aZ"}) {
        INFO(text);
        CHECK_FALSE(parse_timestamp(text));
    }
}
