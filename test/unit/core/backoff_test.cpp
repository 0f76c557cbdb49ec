#include "core/backoff.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <limits>

using namespace std::chrono_literals;
using e2b::core::backoff_ceiling;
using e2b::core::Duration;
using e2b::core::full_jitter;
using e2b::core::Rng;

TEST_CASE("the ceiling of a backoff doubles until it meets the cap") {
    struct Row {
        Duration base, cap;
        unsigned n;
        Duration ceiling;
    };
    Duration const longest = Duration::max();
    for (Row const& row : {
             Row{100ms, 5s, 0, 100ms},
             Row{100ms, 5s, 1, 200ms},
             Row{100ms, 5s, 5, 3200ms},
             Row{100ms, 5s, 6, 5s},
             Row{100ms, 5s, 7, 5s},
             Row{100ms, 100ms, 0, 100ms},
             Row{100ms, 400ms, 2, 400ms},
             Row{1s, 300ms, 0, 300ms},
             Row{0ms, 5s, 3, 0ms},
             Row{0ms, 5s, 100, 0ms},
             Row{-1ms, 5s, 3, 0ms},
             Row{1ms, -1ms, 3, 0ms},
         })
        CHECK(backoff_ceiling(row.base, row.cap, row.n) == row.ceiling);

    for (unsigned n : {29u, 61u, 62u, 63u, 64u, 65u, 1000u, std::numeric_limits<unsigned>::max()})
        CHECK(backoff_ceiling(100ms, 5s, n) == 5s);
    CHECK(backoff_ceiling(Duration(1), longest, 61) == Duration(Duration::rep(1) << 61));
    CHECK(backoff_ceiling(Duration(1), longest, 62) == Duration(Duration::rep(1) << 62));
    CHECK(backoff_ceiling(Duration(1), longest, 63) == longest);
    CHECK(backoff_ceiling(longest, longest, 0) == longest);
    CHECK(backoff_ceiling(longest, longest, 1) == longest);
}

TEST_CASE("full jitter uses the whole range from zero to the ceiling and nothing outside it") {
    Rng rng(1);
    for (unsigned n : {0u, 3u, 6u, 40u}) {
        Duration const ceiling = backoff_ceiling(100ms, 5s, n);
        Duration lowest = Duration::max();
        Duration highest = Duration::min();
        Duration sum{};
        int const draws = 2000;
        for (int i = 0; i < draws; ++i) {
            Duration const wait = full_jitter(100ms, 5s, n, rng);
            lowest = std::min(lowest, wait);
            highest = std::max(highest, wait);
            sum += wait;
        }
        CHECK(lowest >= 0s);
        CHECK(highest <= ceiling);
        CHECK(lowest < ceiling / 50);
        CHECK(highest > ceiling - ceiling / 50);
        CHECK(sum / draws > ceiling * 45 / 100);
        CHECK(sum / draws < ceiling * 55 / 100);
    }
}

TEST_CASE("full jitter can wait for one tick or for none") {
    Rng rng(2);
    bool seen[2] = {false, false};
    for (int i = 0; i < 100; ++i) {
        auto const ticks = full_jitter(Duration(1), Duration(1), 0, rng).count();
        REQUIRE((ticks == 0 || ticks == 1));
        seen[ticks] = true;
    }
    CHECK(seen[0]);
    CHECK(seen[1]);
    CHECK(full_jitter(0ms, 5s, 9, rng) == 0s);
}

TEST_CASE("the same seed gives the same waits") {
    Rng a(7);
    Rng b(7);
    for (unsigned n = 0; n < 10; ++n)
        CHECK(full_jitter(100ms, 5s, n, a) == full_jitter(100ms, 5s, n, b));
}
