#include "cli/fleet/summary.hpp"
#include "support/catch.hpp"

#include <utility>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

FleetPlan::Counts attempts(std::uint64_t all, std::uint64_t retries) {
    FleetPlan::Counts counts;
    counts.attempts = all;
    counts.retries = retries;
    return counts;
}

} // namespace

TEST_CASE("a tally counts outcomes, errors and the latency of what was created", "[cli][summary]") {
    Tally tally;
    tally.add(make_record("ia", Result<SnapshotInfo>(SnapshotInfo("a:default", {}), 1, 100ms)));
    tally.add(
        make_record("ib", Result<SnapshotInfo>(Failure(Outcome::rejected, Errc::busy, Phase::complete))));
    tally.add(
        make_record("ic", Result<SnapshotInfo>(Failure(Outcome::rejected, Errc::busy, Phase::complete))));
    tally.add(make_invalid_record(4, "", "empty"));

    CHECK(tally.done() == 4);
    CHECK(tally.failed() == 3);
    CHECK(tally.count(Outcome::rejected) == 2);
    CHECK(tally.count(Outcome::not_sent) == 1);
    CHECK(tally.errors().at(Errc::busy) == 2);
    CHECK(tally.latency().count() == 1);
}

TEST_CASE("the summary says it all and ends with how many were created", "[cli][summary]") {
    Tally tally;
    tally.add(make_record("ia", Result<SnapshotInfo>(SnapshotInfo("a:default", {}), 1, 100ms)));
    tally.add(
        make_record("ib", Result<SnapshotInfo>(Failure(Outcome::rejected, Errc::busy, Phase::complete))));
    ClientStats stats;
    stats.attempts = 9; // lists that were asked for among them
    stats.connections_opened = 2;
    CHECK(format_summary(tally, attempts(5, 3), stats, 2s) ==
          "outcomes     1 created, 1 rejected, 0 not_sent, 0 unknown\n"
          "errors       1 busy\n"
          "latency      p50 100 ms, p90 100 ms, p99 100 ms, max 100 ms\n"
          "attempts     5, of which 3 retries\n"
          "connections  2 opened, 0 failed\n"
          "1 of 2 created in 2.00 s (1.00/s)\n");
}

TEST_CASE("one retry is one retry", "[cli][summary]") {
    CHECK_THAT(format_summary(Tally(), attempts(2, 1), ClientStats(), 0s),
               Catch::Matchers::ContainsSubstring("attempts     2, of which 1 retry\n"));
}

TEST_CASE("a run of nothing has a summary too", "[cli][summary]") {
    CHECK(format_summary(Tally(), FleetPlan::Counts(), ClientStats(), 0s) ==
          "outcomes     0 created, 0 rejected, 0 not_sent, 0 unknown\n"
          "attempts     0, of which 0 retries\n"
          "connections  0 opened, 0 failed\n"
          "0 of 0 created in 0 us (0.00/s)\n");
}

TEST_CASE("sandboxes that were listed more than once are said", "[cli][summary]") {
    FleetPlan::Counts counts;
    CHECK(format_repeated(counts).empty());
    counts.listed_again = 1;
    counts.further_lines = 2;
    CHECK(format_repeated(counts) ==
          "repeated     1 sandbox was listed more than once, by 2 further lines: each line is "
          "a snapshot; --unique makes one of each sandbox\n");
    counts.repeated = 2;
    CHECK(
        format_repeated(counts) ==
        "repeated     1 sandbox was listed more than once, by 2 further lines: each was snapshotted once\n");
    CHECK(format_left_out(counts, 0) == "left out     2 listed before (--unique)\n");
}
