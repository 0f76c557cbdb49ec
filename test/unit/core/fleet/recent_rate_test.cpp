#include "core/fleet/recent_rate.hpp"
#include "support/catch.hpp"

using namespace e2b::core;
using namespace std::chrono_literals;

namespace {

TimePoint const begin{};

} // namespace

TEST_CASE("a rate is that of the last ten seconds", "[recent_rate]") {
    RecentRate rate(begin);
    CHECK(rate.a_second(begin) == 0);
    for (int i = 0; i < 100; ++i) {
        for (int k = 0; k < 5; ++k)
            rate.count(begin + i * 1s + 500ms);
    }
    CHECK_THAT(rate.a_second(begin + 100s - 1ns), Catch::Matchers::WithinAbs(5, 1e-6));
    for (int k = 0; k < 50; ++k)
        rate.count(begin + 100s + 100ms);
    CHECK_THAT(rate.a_second(begin + 101s - 1ns), Catch::Matchers::WithinAbs(9.5, 0.1));
}

TEST_CASE("at first it is that since the beginning", "[recent_rate]") {
    RecentRate rate(begin);
    for (int k = 0; k < 8; ++k)
        rate.count(begin + 1500ms);
    CHECK_THAT(rate.a_second(begin + 2s), Catch::Matchers::WithinAbs(4, 1e-6));
}

TEST_CASE("it falls to nothing where nothing happens any more", "[recent_rate]") {
    RecentRate rate(begin);
    rate.count(begin + 1s);
    CHECK(rate.a_second(begin + 5s) > 0);
    CHECK(rate.a_second(begin + 12s) == 0);
    CHECK(rate.a_second(begin + 1000h) == 0);
}
