#include "core/limiter.hpp"
#include "support/catch.hpp"
#include "unit/core/bulk_platform.hpp"

#include <memory>
#include <random>

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using test::BulkPlatform;

namespace {

BulkLimits unhurried() {
    BulkLimits limits;
    limits.timeout = 1h;
    limits.retry.max_attempts = 20;
    return limits;
}

// A fleet spread evenly over the nodes, but listed in any order.
BulkPlatform::Options shuffled(unsigned seed, std::size_t items) {
    BulkPlatform::Options options;
    auto order = std::make_shared<std::vector<std::size_t>>(items);
    for (std::size_t i = 0; i < items; ++i)
        (*order)[i] = i;
    std::shuffle(order->begin(), order->end(), std::mt19937(seed));
    options.node = [order](std::size_t item) { return (*order)[item]; };
    return options;
}

double ideal_seconds(std::size_t items) {
    return static_cast<double>(items) * 2 / 120;
}

double refused(BulkPlatform::Outcome const& outcome) {
    return static_cast<double>(outcome.busy) / static_cast<double>(outcome.posts);
}

TimePoint at(double seconds) {
    return TimePoint() + std::chrono::ceil<Duration>(std::chrono::duration<double>(seconds));
}

// Rounds of calls that all take a second, `rounds` times as many as the window allows.
void run_rounds(Limiter& limiter, double& now, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        std::vector<Limiter::Start> starts;
        while (limiter.may_start())
            starts.push_back(limiter.started(at(now)));
        now += 1;
        for (auto const& start : starts)
            limiter.succeeded(start, at(now));
    }
}

} // namespace

TEST_CASE("from no knowledge, 120 slots are kept busy and hardly anything is refused", "[limiter]") {
    constexpr std::size_t items = 10'000;
    for (unsigned seed = 0; seed < 5; ++seed) {
        CAPTURE(seed);
        auto const options = seed == 0 ? BulkPlatform::Options() : shuffled(seed, items);
        auto const outcome = BulkPlatform(options, unhurried(), items).run();
        CAPTURE(outcome.elapsed.count(), outcome.posts, outcome.busy, outcome.most_in_flight);
        CHECK(outcome.created == items);
        CHECK(outcome.elapsed.count() <= 1.15 * ideal_seconds(items));
        CHECK(refused(outcome) < 0.03);
    }
}

TEST_CASE("snapshots of very different lengths neither starve nor flood the platform", "[limiter]") {
    constexpr std::size_t items = 10'000;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        std::mt19937 engine(seed);
        std::exponential_distribution<double> length(0.5);
        std::vector<double> lengths(items);
        for (auto& each : lengths)
            each = length(engine);
        auto options = shuffled(seed, items);
        options.service = [&](std::size_t item) { return BulkPlatform::Seconds(lengths[item]); };
        auto const outcome = BulkPlatform(options, unhurried(), items).run();
        CAPTURE(outcome.elapsed.count(), outcome.posts, outcome.busy);
        CHECK(outcome.created == items);
        // With all that it can know, a client would need 1.08 to 1.17 of the ideal here.
        CHECK(outcome.elapsed.count() <= 1.45 * ideal_seconds(items));
        CHECK(refused(outcome) < 0.03);
    }
}

TEST_CASE("one node of three slots is not hammered", "[limiter]") {
    BulkPlatform::Options options;
    options.nodes = 1;
    auto const outcome = BulkPlatform(options, unhurried(), 600).run();
    CAPTURE(outcome.elapsed.count(), outcome.posts, outcome.busy);
    CHECK(outcome.created == 600);
    CHECK(outcome.elapsed.count() <= 1.02 * 400);
    CHECK(refused(outcome) < 0.05);
}

TEST_CASE("a platform without queues is not hammered either", "[limiter]") {
    auto options = shuffled(1, 2000);
    options.queue_timeout = BulkPlatform::Seconds(0);
    auto const outcome = BulkPlatform(options, unhurried(), 2000).run();
    CAPTURE(outcome.elapsed.count(), outcome.posts, outcome.busy);
    CHECK(outcome.created == 2000);
    CHECK(refused(outcome) < 0.2);
}

TEST_CASE("nobody ever has more in flight or in memory than the ceiling", "[limiter]") {
    auto limits = unhurried();
    limits.window.ceiling = 50;
    auto const outcome = BulkPlatform(BulkPlatform::Options(), limits, 1000).run();
    CHECK(outcome.most_in_flight == 50);
    CHECK(outcome.most_held <= 50);
    CHECK(outcome.busy == 0);
}

TEST_CASE("the window doubles while the platform keeps up", "[limiter]") {
    Limiter limiter(LimiterLimits(), at(0));
    double now = 0;
    CHECK(limiter.window() == 16);
    for (std::size_t const window : {32U, 64U, 128U, 256U, 512U, 1000U}) {
        run_rounds(limiter, now, 1);
        CHECK(limiter.window() == window);
    }
    run_rounds(limiter, now, 10);
    CHECK(limiter.window() == 1000);
    CHECK(limiter.rate() > 400);
}

TEST_CASE("the window does not grow for a source that is slower than the platform", "[limiter]") {
    Limiter limiter(LimiterLimits(), at(0));
    double now = 0;
    for (int i = 0; i < 1000; ++i) {
        auto const start = limiter.started(at(now));
        now += 1;
        limiter.succeeded(start, at(now));
    }
    CHECK(limiter.window() == 16);
}

TEST_CASE("refusals cut the window once for all that were in flight together, and it grows back",
          "[limiter]") {
    Limiter limiter(LimiterLimits(), at(0));
    double now = 0;
    run_rounds(limiter, now, 3);
    REQUIRE(limiter.window() == 128);
    std::vector<Limiter::Start> starts;
    while (limiter.may_start())
        starts.push_back(limiter.started(at(now)));
    now += 1;
    for (int i = 0; i < 10; ++i)
        limiter.refused(starts[static_cast<std::size_t>(i)], at(now));
    auto const window = limiter.window();
    CHECK(window < 128);
    CHECK(window >= 64);
    for (std::size_t i = 10; i < starts.size(); ++i)
        limiter.succeeded(starts[i], at(now));
    CHECK(limiter.window() >= window);
    // What is refused of the next is news.
    auto const next = limiter.started(at(now));
    now += 1;
    limiter.refused(next, at(now));
    run_rounds(limiter, now, 1);
    auto const low = limiter.window();
    run_rounds(limiter, now, 30);
    CHECK(limiter.window() > low);
}

TEST_CASE("a refusal here and there does not shrink the window", "[limiter]") {
    Limiter limiter(LimiterLimits(), at(0));
    double now = 0;
    run_rounds(limiter, now, 3);
    REQUIRE(limiter.window() == 128);
    auto const start = limiter.started(at(now));
    limiter.refused(start, at(now + 1));
    CHECK(limiter.window() == 128);
}

TEST_CASE("where everything is refused one call at a time still asks", "[limiter]") {
    Limiter limiter(LimiterLimits(), at(0));
    double now = 0;
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(limiter.may_start());
        auto const start = limiter.started(at(now));
        now += 0.001;
        limiter.refused(start, at(now));
    }
    CHECK(limiter.window() == 1);
    CHECK(limiter.in_flight() == 0);
}
