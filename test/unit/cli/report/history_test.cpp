#include "cli/report/history.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <string>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

Record created(std::string id, std::chrono::nanoseconds elapsed) {
    Record record;
    record.sandbox_id = std::move(id);
    record.outcome = Outcome::created;
    record.snapshot_id = "snap:default";
    record.attempts = 1;
    record.elapsed = elapsed;
    return record;
}

Record rejected(std::string id, Errc error, std::string message) {
    Record record;
    record.sandbox_id = std::move(id);
    record.outcome = Outcome::rejected;
    record.attempts = 1;
    record.error = Record::Error{error, std::move(message)};
    return record;
}

} // namespace

TEST_CASE("a history counts outcomes, classes and attempts", "[cli][report]") {
    History history;
    history.add(created("ione", 1s));
    history.add(rejected("itwo", Errc::not_found, "no such sandbox"));
    history.add(rejected("ithree", Errc::not_found, "nor this one"));
    CHECK(history.tally().done() == 3);
    CHECK(history.attempts() == 3);
    REQUIRE(history.classes().size() == 1);
    CHECK(history.classes().at(Errc::not_found).count == 2);
    CHECK(history.classes().at(Errc::not_found).example == "no such sandbox");
    CHECK(history.failures().size() == 2);
}

TEST_CASE("a history keeps the slowest, and not all failures", "[cli][report]") {
    History history;
    for (int i = 0; i < 1000; ++i) {
        history.add(created("i" + std::to_string(i), std::chrono::milliseconds((i * 7) % 1000)));
        history.add(rejected("j" + std::to_string(i), Errc::conflict, "busy with another"));
    }
    auto const slowest = history.slowest();
    REQUIRE(slowest.size() == History::most_slowest);
    CHECK(slowest.front().elapsed == 999ms);
    CHECK(slowest.back().elapsed == 980ms);
    CHECK(history.failures().size() == History::most_failures);
    CHECK(history.tally().failed() == 1000);
}

TEST_CASE("bars of latencies grow by a factor, and none is left out between two", "[cli][report]") {
    LatencyBars bars;
    bars.add(0ms);
    CHECK(bars.bars().size() == 1);
    LatencyBars seconds;
    seconds.add(1s);
    seconds.add(1100ms);
    seconds.add(9s);
    auto const shown = seconds.bars();
    REQUIRE(shown.size() == 6);
    CHECK(shown.front().from == 1s);
    CHECK(shown.front().count == 2);
    CHECK(shown[2].count == 0);
    CHECK(shown.back().count == 1);
    for (std::size_t i = 1; i < shown.size(); ++i)
        CHECK(shown[i].from == shown[i - 1].to);
}

TEST_CASE("a history of journals has the last truth of each item", "[cli][report]") {
    auto const ended = [](Record record) { return to_text(EndLine{std::move(record)}); };
    auto lost = rejected("ione", Errc::timeout, "no answer");
    lost.outcome = Outcome::unknown;
    auto late = created("ione", 3s);
    late.ended_at = std::chrono::system_clock::time_point(1000s);
    RunLine run{{std::chrono::system_clock::time_point(990s), "0badcafe"}};
    run.settings = {{"concurrency", "4"}};
    RefusedLine const refused{
        SnapshotRequest("itwo"), 1, {Errc::busy, "busy"}, std::chrono::system_clock::time_point(999s)};
    test::TemporaryFile const journal(to_text(run) + to_text(TryLine{SnapshotRequest("ione")}) + ended(lost) +
                                      ended(late) + to_text(TryLine{SnapshotRequest("itwo")}) +
                                      to_text(refused) + to_text(TryLine{SnapshotRequest("itwo")}) +
                                      ended(rejected("itwo", Errc::not_found, "gone")) +
                                      to_text(TryLine{SnapshotRequest("icut")}));
    History history;
    read_journals(history, {journal.path()});
    CHECK(history.tally().count(Outcome::created) == 1);
    CHECK(history.tally().count(Outcome::rejected) == 1);
    CHECK(history.tally().count(Outcome::unknown) == 1);
    CHECK(history.refused() == 1);
    REQUIRE(history.slowest().size() == 1);
    CHECK(history.slowest().front().snapshot_id == "snap:default");
    REQUIRE(history.runs().size() == 1);
    CHECK(history.runs().front().settings == run.settings);
    CHECK(history.times().tenths().size() == 2);
}
