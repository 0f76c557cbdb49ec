#include "cli/basics/histogram.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace e2b::cli;
using namespace std::chrono_literals;

TEST_CASE("an empty histogram has percentiles of 0", "[cli][histogram]") {
    Histogram const histogram;
    CHECK(histogram.percentile(50) == 0ns);
    CHECK(histogram.max() == 0ns);
}

TEST_CASE("percentiles are within 1 % of the sorted values", "[cli][histogram]") {
    std::mt19937_64 engine(20'240'611);
    std::lognormal_distribution<double> distribution(18, 3);
    Histogram histogram;
    std::vector<double> values;
    for (int i = 0; i < 20'000; ++i) {
        auto const value = std::chrono::nanoseconds(static_cast<std::int64_t>(distribution(engine)));
        histogram.add(value);
        values.push_back(static_cast<double>(value.count()));
    }
    std::sort(values.begin(), values.end());
    for (double const percent : {0.1, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        CAPTURE(percent);
        auto const rank = static_cast<std::size_t>(std::ceil(20'000 * percent / 100)) - 1;
        auto const found = static_cast<double>(histogram.percentile(percent).count());
        CHECK(found >= values[rank]);
        CHECK(found <= values[rank] * 1.01 + 1);
    }
    CHECK(histogram.count() == 20'000);
}

TEST_CASE("the ends of the range have buckets", "[cli][histogram]") {
    Histogram histogram;
    histogram.add(-1ns);
    CHECK(histogram.percentile(100) == 0ns);
    histogram.add(std::chrono::nanoseconds::max());
    CHECK(histogram.percentile(100) == std::chrono::nanoseconds::max());
}

TEST_CASE("no percentile is over the largest value", "[cli][histogram]") {
    Histogram histogram;
    histogram.add(1'000'001ns);
    CHECK(histogram.percentile(50) == 1'000'001ns);
}
