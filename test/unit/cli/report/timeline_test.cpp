#include "cli/report/timeline.hpp"
#include "support/catch.hpp"

#include <numeric>

using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point start(1'000'000s);

double sum(Timeline const& timeline, double Timeline::Column::* of) {
    double result = 0;
    for (auto const& column : timeline.columns)
        result += column.*of;
    return result;
}

} // namespace

TEST_CASE("nothing that happened has no timeline", "[cli][report]") {
    auto const timeline = make_timeline(TimeCounts(), 100);
    CHECK(timeline.columns.empty());
    CHECK(timeline.length == 0ms);
}

TEST_CASE("a short run has columns of a tenth of a second", "[cli][report]") {
    TimeCounts counts;
    counts.created(start);
    counts.created(start + 50ms);
    counts.refused(start + 300ms);
    auto const timeline = make_timeline(counts, 100);
    REQUIRE(timeline.columns.size() == 4);
    CHECK_THAT(timeline.columns[0].created, Catch::Matchers::WithinRel(20, 1e-6));
    CHECK(timeline.columns[0].refused == 0);
    CHECK_THAT(timeline.columns[3].refused, Catch::Matchers::WithinRel(10, 1e-6));
    CHECK(timeline.length == 400ms);
    CHECK(timeline.pauses.empty());
}

TEST_CASE("a long run fits into as many columns as there may be, and loses nothing", "[cli][report]") {
    TimeCounts counts;
    for (int second = 0; second < 40'000; second += 7)
        counts.created(start + std::chrono::seconds(second));
    auto const timeline = make_timeline(counts, 120);
    CHECK(timeline.columns.size() <= 120);
    CHECK(timeline.columns.size() > 60);
    auto const width = 600.0;
    CHECK_THAT(sum(timeline, &Timeline::Column::created) * width, Catch::Matchers::WithinRel(5715, 1e-6));
}

TEST_CASE("what was not noted stays as it was", "[cli][report]") {
    TimeCounts counts;
    counts.progress(start, 7, 16);
    counts.created(start + 500ms);
    counts.progress(start + 900ms, 3, 32);
    auto const timeline = make_timeline(counts, 100);
    REQUIRE(timeline.columns.size() == 10);
    CHECK(timeline.columns[5].in_flight == 7);
    CHECK(timeline.columns[5].window == 16);
    CHECK(timeline.columns[9].in_flight == 3);
    CHECK(timeline.columns[9].window == 32);
}

TEST_CASE("time in which nothing ran is left out", "[cli][report]") {
    TimeCounts counts;
    counts.created(start);
    counts.created(start + 60s); // a minute may pass within a run
    counts.created(start + 8h);
    counts.created(start + 8h + 1s);
    auto const timeline = make_timeline(counts, 1000);
    REQUIRE(timeline.pauses.size() == 1);
    CHECK(timeline.pauses[0].length == 8h - 60s);
    CHECK(timeline.pauses[0].at > 0.9);
    CHECK(timeline.pauses[0].at < 1);
    CHECK(timeline.length < 63s);
}
