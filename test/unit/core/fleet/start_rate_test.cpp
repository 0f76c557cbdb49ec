#include "core/fleet/start_rate.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace e2b::core;
using namespace std::chrono_literals;

namespace {

TimePoint const begin{};

// How many calls may start from now to `until`, asked whenever one may.
std::size_t start_all(StartRate& rate, TimePoint& now, TimePoint until) {
    std::size_t count = 0;
    for (;;) {
        now = std::max(now, rate.next_at());
        if (now >= until)
            return count;
        REQUIRE(rate.permits(now));
        (void)rate.started(now);
        ++count;
    }
}

// The platform's limiter: a bucket of a second's worth.
struct Limiter {
    double per_second;
    double tokens = per_second;
    TimePoint at = begin;

    bool lets_through(TimePoint now) {
        auto const elapsed = std::chrono::duration<double>(now - at).count();
        tokens = std::min(per_second, tokens + elapsed * per_second);
        at = now;
        if (tokens < 1)
            return false;
        tokens -= 1;
        return true;
    }
};

// Starts as fast as it may for a while, and yields how many were let through, and how many were not.
struct Passed {
    std::size_t through = 0;
    std::size_t limited = 0;
};
template <class LetsThrough>
Passed run(StartRate& rate, Duration length, LetsThrough lets_through,
           std::optional<std::chrono::seconds> hint = {}) {
    Passed passed;
    for (auto now = begin; now < begin + length;) {
        auto const number = rate.started(now);
        if (lets_through(now)) {
            ++passed.through;
        } else {
            ++passed.limited;
            rate.limited(number, hint, now + 20ms);
        }
        now = std::max(now, rate.next_at());
    }
    return passed;
}

} // namespace

TEST_CASE("no 30 seconds see more starts than the edge allows an address", "[start_rate]") {
    StartRate rate(600, begin);
    auto now = begin;
    CHECK(start_all(rate, now, begin + 30s) < 20'000);
    // After a rest as well.
    now = begin + 100s;
    auto const count = start_all(rate, now, begin + 130s);
    CHECK(count < 20'000);
    CHECK(count > 17'900);
}

TEST_CASE("a slow rate lets one start at a time", "[start_rate]") {
    StartRate rate(0.5, begin);
    CHECK(rate.permits(begin));
    (void)rate.started(begin);
    CHECK_FALSE(rate.permits(begin + 1900ms));
    CHECK(rate.permits(begin + 2s));
    StartRate hardly(1e-12, begin);
    (void)hardly.started(begin);
    CHECK(hardly.next_at() > begin + 24h * 300);
}

TEST_CASE("what was never sent is given back", "[start_rate]") {
    StartRate rate(0.5, begin);
    (void)rate.started(begin);
    rate.give_back();
    CHECK(rate.permits(begin));
}

TEST_CASE("a rate limit of the platform's is found and kept", "[start_rate]") {
    for (double const limit : {15.0, 100.0, 300.0}) {
        for (bool const hints : {false, true}) {
            CAPTURE(limit, hints);
            StartRate rate(600, begin);
            Limiter limiter{limit};
            auto const passed = run(
                rate, 60s, [&](TimePoint now) { return limiter.lets_through(now); },
                hints ? std::optional(std::chrono::seconds(1)) : std::nullopt);
            CHECK(static_cast<double>(passed.through) > 0.93 * 60 * limit);
            CHECK(static_cast<double>(passed.limited) < 0.15 * static_cast<double>(passed.through));
        }
    }
}

TEST_CASE("a single 429 says nothing of the rate", "[start_rate]") {
    std::mt19937 engine(1);
    std::bernoulli_distribution lets_through(0.99);
    StartRate rate(600, begin);
    (void)run(rate, 60s, [&](TimePoint) { return lets_through(engine); }, std::chrono::seconds(1));
    CHECK(rate.rate() == 600);
}

TEST_CASE("where less is as much limited, it is not the rate", "[start_rate]") {
    std::mt19937 engine(1);
    std::bernoulli_distribution lets_through(0.7);
    StartRate rate(600, begin);
    auto const passed = run(rate, 60s, [&](TimePoint) { return lets_through(engine); });
    CHECK(static_cast<double>(passed.through) > 0.6 * 0.7 * 60 * 600);
}

TEST_CASE("it waits as long as the platform says, but not for ever", "[start_rate]") {
    StartRate rate(600, begin);
    auto now = begin;
    for (int i = 0; i < 32; ++i)
        rate.limited(rate.started(now), i % 2 == 0 ? 7s : 3s, now);
    CHECK_FALSE(rate.permits(begin + 6999ms));
    CHECK(rate.next_at() < begin + 9s);
    for (int i = 0; i < 32; ++i) {
        now = rate.next_at();
        rate.limited(rate.started(now), Duration::max(), now);
    }
    CHECK(rate.next_at() - now > 59s);
    CHECK(rate.next_at() - now < 62s);
}

TEST_CASE("a rate grows back to the most, and no further", "[start_rate]") {
    StartRate rate(600, begin);
    Limiter limiter{10};
    (void)run(rate, 10s, [&](TimePoint now) { return limiter.lets_through(now); });
    REQUIRE(rate.rate() < 20);
    (void)rate.started(begin + 20s);
    CHECK(rate.rate() > 12);
    (void)rate.started(begin + 1h);
    CHECK(rate.rate() == 600);
}
