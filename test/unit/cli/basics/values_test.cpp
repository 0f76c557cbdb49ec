#include "cli/basics/values.hpp"
#include "support/catch.hpp"

#include <stdexcept>
#include <string>

using namespace e2b::cli;
using namespace std::chrono_literals;

TEST_CASE("durations are a number and a unit", "[cli][values]") {
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("3s") == 3s);
    CHECK(parse_duration("2m") == 2min);
    CHECK(parse_duration("1h") == 1h);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("0ms") == 0ms);
}

TEST_CASE("what is no duration is refused, naming the text and the units", "[cli][values]") {
    for (std::string const text :
         {"", "5", "s", "-1s", "+1s", "1 s", "1sec", "1e3s", "nan", "infs", "0x10s", "1s "}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_duration(text), std::invalid_argument);
    }
    CHECK_THROWS_WITH(parse_duration("5"), Catch::Matchers::ContainsSubstring("'5'") &&
                                               Catch::Matchers::ContainsSubstring("ms, s, m, h"));
    CHECK_THROWS_AS(parse_duration("9000000h"), std::invalid_argument);
    CHECK_THROWS_AS(parse_duration(std::string(400, '9') + "ms"), std::invalid_argument);
}

TEST_CASE("durations for people keep three digits", "[cli][values]") {
    CHECK(format_duration(0ns) == "0 us");
    CHECK(format_duration(850us) == "850 us");
    CHECK(format_duration(12345us) == "12.3 ms");
    CHECK(format_duration(512ms) == "512 ms");
    CHECK(format_duration(4210ms) == "4.21 s");
    CHECK(format_duration(42100ms) == "42.1 s");
    CHECK(format_duration(125s) == "2m 05s");
    CHECK(format_duration(3h + 12min) == "3h 12m");
}

TEST_CASE("milliseconds for machines are plain decimals", "[cli][values]") {
    CHECK(format_milliseconds(0ns) == "0.000");
    CHECK(format_milliseconds(1500ns) == "0.002");
    CHECK(format_milliseconds(12345us) == "12.345");
    CHECK(format_milliseconds(24h) == "86400000.000");
}

TEST_CASE("rates keep their small digits only where they matter", "[cli][values]") {
    CHECK(format_rate(0.42) == "0.42");
    CHECK(format_rate(9.99) == "9.99");
    CHECK(format_rate(512.4) == "512");
}
