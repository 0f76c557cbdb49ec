#include "cli/progress.hpp"
#include "support/catch.hpp"

using namespace e2b::cli;
using namespace std::chrono_literals;

TEST_CASE("a run whose length is known shows when it will end", "[cli][progress]") {
    ProgressState state;
    state.done = 300;
    state.failed = 2;
    state.in_flight = 100;
    state.source_progress = 0.4; // 400 of 1000 were handed out
    state.elapsed = 3s;
    CHECK(format_progress(state) == "300 done (30 %), 2 failed, 100 in flight, 100/s, ETA 7.00 s");
}

TEST_CASE("how many may be in flight at present", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 7;
    state.window = 12;
    CHECK(format_progress(state) == "0 done, 0 failed, 7 of 12 in flight");
}

TEST_CASE("a run of unknown length shows no end", "[cli][progress]") {
    ProgressState state;
    state.done = 3;
    state.elapsed = 2s;
    CHECK(format_progress(state) == "3 done, 0 failed, 0 in flight, 1.50/s");
}

TEST_CASE("a run in which nothing is done yet shows no end either", "[cli][progress]") {
    ProgressState state;
    state.in_flight = 7;
    state.source_progress = 1;
    state.elapsed = 100ms;
    CHECK(format_progress(state) == "0 done (0 %), 0 failed, 7 in flight, 0.00/s");
    CHECK(format_progress(ProgressState()) == "0 done, 0 failed, 0 in flight");
}
