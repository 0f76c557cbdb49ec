#include "core/start_rate.hpp"
#include "support/catch.hpp"
#include "unit/core/bulk_platform.hpp"

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using test::BulkPlatform;

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
        rate.started(now);
        ++count;
    }
}

bool is_about(double value, double expected) {
    return value > 0.9 * expected && value < 1.1 * expected;
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
    CHECK(count > 18'000);
}

TEST_CASE("a slow rate lets one start at a time", "[start_rate]") {
    StartRate rate(0.5, begin);
    CHECK(rate.permits(begin));
    rate.started(begin);
    CHECK_FALSE(rate.permits(begin + 1900ms));
    CHECK(rate.permits(begin + 2s));
}

TEST_CASE("where the platform limits the rate, it takes nine tenths of what was let through",
          "[start_rate]") {
    StartRate rate(600, begin);
    auto now = begin;
    REQUIRE(start_all(rate, now, begin + 10s) > 100);
    for (int i = 0; i < 100; ++i)
        rate.succeeded();
    rate.limited(begin + 9s, std::nullopt, begin + 10s);
    CHECK(is_about(rate.rate(), 9));
    // Those that were in flight together with it say nothing new.
    rate.limited(begin + 9s, std::nullopt, begin + 11s);
    CHECK(is_about(rate.rate(), 9));
}

TEST_CASE("it waits as long as the platform says, but not for ever", "[start_rate]") {
    StartRate rate(600, begin);
    rate.limited(begin, 7s, begin);
    CHECK_FALSE(rate.permits(begin + 6999ms));
    CHECK(rate.permits(begin + 8s));
    rate.limited(begin, std::chrono::seconds::max(), begin + 8s);
    CHECK(rate.permits(begin + 70s));
}

TEST_CASE("a rate grows back to the most, and no further", "[start_rate]") {
    StartRate rate(600, begin);
    rate.succeeded();
    rate.limited(begin, std::nullopt, begin + 1s);
    REQUIRE(rate.rate() < 1);
    rate.started(begin + 10s);
    auto const later = rate.rate();
    CHECK(later > 1);
    rate.started(begin + 1h);
    CHECK(rate.rate() == 600);
}

TEST_CASE("where nothing succeeds it slows down, but comes to its end", "[start_rate]") {
    StartRate rate(600, begin);
    auto now = begin;
    for (int i = 0; i < 100; ++i) {
        now += 1ms;
        rate.limited(now, std::nullopt, now);
    }
    CHECK(is_about(rate.rate(), 20));
    for (int i = 0; i < 100; ++i) {
        now += 1ms;
        rate.refused(now, now);
    }
    CHECK(is_about(rate.rate(), 20));
}

TEST_CASE("a rate limit of the platform's is found and kept", "[start_rate]") {
    BulkPlatform::Options options;
    options.rate_limit = 10;
    options.slots = 1000;
    options.service = [](std::size_t) { return BulkPlatform::Seconds(0.05); };
    BulkLimits limits;
    limits.timeout = 1h;
    auto const outcome = BulkPlatform(options, limits, 2000).run();
    CAPTURE(outcome.posts, outcome.limited, outcome.elapsed.count());
    CHECK(outcome.created == 2000);
    CHECK(outcome.elapsed.count() < 1.25 * 200);
    CHECK(static_cast<double>(outcome.limited) / static_cast<double>(outcome.posts) < 0.05);
}
