#include "cli/output/status.hpp"
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

RunState half_way() {
    RunState state;
    state.in_flight = 256;
    state.window = 300;
    state.held = 40;
    state.waiting_busy = 12;
    state.asked = 3;
    state.refused = 77;
    state.rate = 51.2;
    state.list_part = 0.5;
    state.elapsed = 20s;
    return state;
}

// What is seen of a text: without the sequences of colours.
std::size_t width(std::string const& text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b')
            i = text.find('m', i);
        else
            ++count;
    }
    return count;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a run whose length is known shows when it will end", "[cli][progress]") {
    RunState state;
    state.in_flight = 100;
    state.list_part = 0.4; // 400 of 1000 were handed out
    state.elapsed = 3s;
    state.rate = 99.3;
    CHECK(format_progress(tally_of(298, 2), state) ==
          "30 %, 298 created, 2 rejected, 100 in flight, 99/s, ETA 7.00 s");
}

TEST_CASE("how many may be in flight at present", "[cli][progress]") {
    RunState state;
    state.in_flight = 7;
    state.window = 12;
    CHECK(format_progress(Tally(), state) == "0 created, 7 of 12 in flight");
}

TEST_CASE("a run of unknown length shows no end", "[cli][progress]") {
    RunState state;
    state.elapsed = 2s;
    state.rate = 1;
    CHECK(format_progress(tally_of(2, 0, 0, 1), state) == "2 created, 1 unknown, 0 in flight, 1.00/s");
}

TEST_CASE("a run in which nothing is done yet shows no end either", "[cli][progress]") {
    RunState state;
    state.in_flight = 7;
    state.list_part = 1;
    state.elapsed = 100ms;
    CHECK(format_progress(Tally(), state) == "0 %, 0 created, 7 in flight, 0.00/s");
}

TEST_CASE("while nothing gets through, the rate is 0 and the end is not known", "[cli][progress]") {
    auto state = half_way();
    state.rate = 0;
    state.waiting_busy = 0;
    state.asked = 0;
    CHECK(format_progress(tally_of(900), state) == "37 %, 900 created, 256 of 300 in flight, 0.00/s");
    auto const lines = format_status(tally_of(900), state, 80, false);
    CHECK(lines.front().find("ETA") == std::string::npos);
    CHECK(lines[3] == "0.00/s now  45/s on average  elapsed 20.0 s");
}

TEST_CASE("progress shows every outcome by the summary's name", "[cli][progress]") {
    CHECK(format_progress(tally_of(4, 3, 2, 1), RunState()) ==
          "4 created, 3 rejected, 2 not_sent, 1 unknown, 0 in flight");
}

TEST_CASE("the lines that stay, on terminals of several widths", "[cli][progress]") {
    auto const tally = tally_of(900, 2, 0, 1);
    auto const state = half_way();
    CHECK(format_status(tally, state, 80, false) ==
          Lines{"[##################--------------------------------]  37 %  ETA 33.2 s  903 done",
                "900 created  2 rejected  0 not_sent  1 unknown",
                "256 of 300 in flight  12 wait for busy nodes  3 are being found out  77 refused",
                "51/s now  45/s on average  elapsed 20.0 s"});
    CHECK(format_status(tally, state, 40, false) ==
          Lines{"[###-------]  37 %  ETA 33.2 s  903 done", "900 created  2 rejected  1 unknown",
                "256 of 300 in flight  77 refused", "51/s now  45/s on average"});
    CHECK(format_status(tally, state, 20, false) ==
          Lines{"37 %  ETA 33.2 s", "900 created", "256 of 300 in flight", "51/s now"});
    auto outage = state;
    outage.outage = "the API is unreachable for 40 s";
    auto const lines = format_status(tally, outage, 80, false);
    REQUIRE(lines.size() == 5);
    CHECK(lines.back() == outage.outage);
    CHECK(lines.front().find("ETA") == std::string::npos);
}

TEST_CASE("no line of the status is longer than the terminal is wide", "[cli][progress]") {
    auto state = half_way();
    state.outage = std::string(300, 'x');
    for (std::size_t columns = 1; columns <= 250; ++columns) {
        for (bool const in_colour : {false, true}) {
            for (auto const& line :
                 format_status(tally_of(123'456, 2345, 3456, 4567), state, columns, in_colour))
                CHECK(width(line) <= columns);
        }
    }
}

TEST_CASE("only outcomes that occurred are coloured", "[cli][progress]") {
    auto const line = format_status(tally_of(1, 0, 0, 2), RunState(), 80, true)[1];
    CHECK(line == "\x1b[32m1 created\x1b[0m  0 rejected  0 not_sent  \x1b[35m2 unknown\x1b[0m");
}

TEST_CASE("a list of unknown length has no bar", "[cli][progress]") {
    CHECK(format_status(tally_of(3), RunState(), 80, false).front() == "3 done");
}
