#include "cli/progress.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

Tally tally_of(int created, int rejected = 0, int not_sent = 0, int unknown = 0) {
    Tally tally;
    auto const add = [&tally](Outcome outcome, int count) {
        Record record;
        record.outcome = outcome;
        for (int i = 0; i < count; ++i)
            tally.add(record);
    };
    add(Outcome::created, created);
    add(Outcome::rejected, rejected);
    add(Outcome::not_sent, not_sent);
    add(Outcome::unknown, unknown);
    return tally;
}

ProgressState half_way() {
    ProgressState state;
    state.in_flight = 1000;
    state.window = 1000;
    state.source_progress = 0.5;
    state.elapsed = 1h;
    return state;
}

} // namespace

TEST_CASE("a run whose length is known shows when it will end", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 100;
    state.source_progress = 0.4; // 400 of 1000 were handed out
    state.elapsed = 3s;
    CHECK(format_progress(tally_of(298, 2), state) ==
          "30 %, 298 created, 2 rejected, 100 in flight, 100/s, ETA 7.00 s");
}

TEST_CASE("how many may be in flight at present", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 7;
    state.window = 12;
    CHECK(format_progress(Tally(), state) == "0 created, 7 of 12 in flight");
}

TEST_CASE("what waits for a busy node, and the rate of late", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 7;
    state.held = 3;
    state.waiting_for_node = 2;
    state.rate = 4;
    state.source_progress = 0.2;
    state.elapsed = 10s;
    CHECK(format_progress(tally_of(10), state) ==
          "10 %, 10 created, 7 in flight, 2 wait for a busy node, 4.00/s, ETA 1m 30s");
}

TEST_CASE("nothing gets through, and there is no telling when it ends", "[cli][progress]") {
    ProgressState state;
    state.outage = "API unreachable for 40 s: connect_failed (Connection refused); retrying in 5 s";
    state.source_progress = 0.5;
    state.rate = 0;
    state.elapsed = 40s;
    state.in_flight = 1;
    CHECK(format_progress(tally_of(1), state) == "25 %, 1 created, 1 in flight, 0.00/s, " + state.outage);
}

TEST_CASE("a run of unknown length shows no end", "[cli][progress]") {
    ProgressState state;
    state.elapsed = 2s;
    CHECK(format_progress(tally_of(2, 0, 0, 1), state) == "2 created, 1 unknown, 0 in flight, 1.50/s");
}

TEST_CASE("a run in which nothing is done yet shows no end either", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 7;
    state.source_progress = 1;
    state.elapsed = 100ms;
    CHECK(format_progress(Tally(), state) == "0 %, 0 created, 7 in flight, 0.00/s");
}

TEST_CASE("progress shows every outcome by the summary's name", "[cli][progress]") {
    CHECK(format_progress(tally_of(4, 3, 2, 1), ProgressState()) ==
          "4 created, 3 rejected, 2 not_sent, 1 unknown, 0 in flight");
}

TEST_CASE("progress fits the terminal's line, and the outcomes go last", "[cli][progress]") {
    auto const tally = tally_of(9000, 500, 300, 200);
    std::string const outcomes = "9000 created, 500 rejected, 300 not_sent, 200 unknown";
    CHECK(format_progress(tally, half_way()) ==
          "45 %, " + outcomes + ", 1000 of 1000 in flight, 2.78/s, ETA 1h 12m");
    CHECK(format_progress(tally, half_way(), 79) == outcomes + ", ETA 1h 12m");
    CHECK(format_progress(tally, half_way(), 60) == outcomes);
    CHECK(format_progress(tally, half_way(), 39) == outcomes.substr(0, 39));
    CHECK(format_progress(tally_of(9000), half_way(), 79) ==
          "45 %, 9000 created, 1000 of 1000 in flight, 2.50/s, ETA 1h 13m");
    CHECK(format_progress(tally_of(9000), half_way(), 39) == "9000 created, ETA 1h 13m");
}
