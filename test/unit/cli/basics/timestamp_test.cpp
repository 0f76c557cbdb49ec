#include "cli/basics/timestamp.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point epoch;
constexpr auto leap_day = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);

} // namespace

TEST_CASE("times are in UTC with microseconds", "[cli][timestamp]") {
    CHECK(format_time(epoch) == "1970-01-01T00:00:00.000000Z");
    CHECK(format_time(epoch + 86399s + 42us) == "1970-01-01T23:59:59.000042Z");
    CHECK(format_time(leap_day + 1h + 999999us) == "2024-02-29T01:00:00.999999Z");
}

TEST_CASE("a time that was written is read again", "[cli][timestamp]") {
    for (auto const time : {epoch, epoch + 86399s + 42us, epoch + (leap_day.time_since_epoch() + 1h + 7us)})
        CHECK(parse_time(format_time(time)) == time);
    CHECK(parse_time("1970-01-01T00:00:01Z") == epoch + 1s);
    CHECK(parse_time("2200-12-31T23:59:59.999999Z"));
}

TEST_CASE("what is no time is not read as one", "[cli][timestamp]") {
    for (auto const* const text :
         {"", "Z", "1970-01-01", "1970-01-01T00:00:01", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
          "1970-01-01T00:60:00Z", "1970-01-01T00:00:00.12Z", "1970-01-01T00:00:00.000000ZZ",
          "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "1970-1-01T00:00:00Z", "-970-01-01T00:00:00Z",
          "1970-01-01 00:00:00Z"}) {
        INFO(text);
        CHECK_FALSE(parse_time(text));
    }
}
