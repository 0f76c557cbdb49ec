#include "simulator/rate_limiter.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using e2b::sim::Instant;
using e2b::sim::RateLimiter;

TEST_CASE("a limit of 0 is none") {
    CHECK_FALSE(RateLimiter(0, 1s).enabled());
    CHECK(RateLimiter(1, 1s).enabled());
}

TEST_CASE("as many at once as the limit, then one for each part of the window") {
    RateLimiter limiter(4, 20s);
    Instant now = 100s;
    for (std::size_t i = 0; i < 4; ++i) {
        auto const verdict = limiter.take(now);
        CHECK(verdict.allowed);
        CHECK(verdict.remaining == 3 - i);
        CHECK(verdict.reset == 5s * static_cast<int>(i + 1));
        CHECK(verdict.retry_after == 0s);
    }
    auto const refused = limiter.take(now);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.remaining == 0);
    CHECK(refused.retry_after == 5s);
    CHECK(refused.reset == 20s);

    now += 5s - 1ns;
    auto const early = limiter.take(now);
    CHECK_FALSE(early.allowed);
    CHECK(early.retry_after == 1s); // whole seconds, rounded up
    now += 1ns;
    CHECK(limiter.take(now).allowed);
    CHECK_FALSE(limiter.take(now).allowed);
}

TEST_CASE("whoever waits as told is let through") {
    RateLimiter limiter(3, 1s);
    Instant now = 0s;
    for (int i = 0; i < 50; ++i) {
        auto const verdict = limiter.take(now);
        if (!verdict.allowed) {
            REQUIRE(verdict.retry_after >= 1s);
            now += verdict.retry_after;
            REQUIRE(limiter.take(now).allowed);
        }
    }
}

TEST_CASE("an unused limit fills up, and not beyond itself") {
    RateLimiter limiter(2, 1s);
    CHECK(limiter.take(0s).allowed);
    CHECK(limiter.take(1h).remaining == 1);
    CHECK(limiter.take(1h).remaining == 0);
    CHECK_FALSE(limiter.take(1h).allowed);
}
