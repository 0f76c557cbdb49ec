#include "cli/journal/journal_line.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <limits>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::system_clock::time_point epoch;

// What a line says when it is read again.
template <class Line>
Line read_again(std::string const& text) {
    REQUIRE(text.ends_with('\n'));
    auto const line = parse_journal_line(std::string_view(text).substr(0, text.size() - 1));
    REQUIRE(line);
    REQUIRE(std::holds_alternative<Line>(*line));
    return std::get<Line>(*line);
}

} // namespace

TEST_CASE("a run's line", "[cli][journal]") {
    auto const text = to_text(RunLine{{epoch, "0badcafe"},
                                      "{sandbox}:{run}",
                                      FleetShard{1, 4},
                                      SnapshotKind::full,
                                      {{"concurrency", "40"}}});
    CHECK(text == R"({"event":"run","schema":1,"run":"0badcafe","at":"1970-01-01T00:00:00.000000Z",)"
                  R"("nameTemplate":"{sandbox}:{run}","shard":"1/4","settings":{"concurrency":"40"}})"
                  "\n");
    auto const line = read_again<RunLine>(text);
    CHECK(line.run.id == "0badcafe");
    CHECK(line.run.began == epoch);
    CHECK(line.name_template == "{sandbox}:{run}");
    REQUIRE(line.shard);
    CHECK(line.shard->index == 1);
    CHECK(line.settings == Settings{{"concurrency", "40"}});
    CHECK(line.kind == SnapshotKind::full);
    auto const filesystem =
        read_again<RunLine>(to_text(RunLine{{epoch, "0badcafe"}, "", {}, SnapshotKind::filesystem}));
    CHECK(filesystem.kind == SnapshotKind::filesystem);
}

TEST_CASE("each line of a request says its kind", "[cli][journal]") {
    SnapshotRequest request("iabc", "nightly");
    CHECK(to_text(TryLine{request}).find("memory") == std::string::npos);
    request.memory = SnapshotKind::filesystem;
    Record record;
    record.sandbox_id = "iabc";
    record.memory = SnapshotKind::filesystem;
    CHECK(read_again<TryLine>(to_text(TryLine{request})).request.memory == SnapshotKind::filesystem);
    CHECK(read_again<RefusedLine>(to_text(RefusedLine{request, 1, {Errc::busy, ""}})).request.memory ==
          SnapshotKind::filesystem);
    CHECK(read_again<EndLine>(to_text(EndLine{record})).record.memory == SnapshotKind::filesystem);
}

TEST_CASE("a try's line", "[cli][journal]") {
    std::vector<std::string> const baseline{"abc:default", "def:default"};
    auto const line =
        read_again<TryLine>(to_text(TryLine{SnapshotRequest("iabc", "nightly"), 3, epoch + 5us, baseline}));
    CHECK(line.request.sandbox_id == "iabc");
    CHECK(line.request.name == "nightly");
    CHECK(line.copy == 3);
    CHECK(line.at == epoch + 5us);
    CHECK(line.baseline == baseline);
    auto const plain = read_again<TryLine>(to_text(TryLine{SnapshotRequest("iabc")}));
    CHECK_FALSE(plain.baseline);
    CHECK(plain.copy == 1);
}

TEST_CASE("a refusal's line", "[cli][journal]") {
    auto const line = read_again<RefusedLine>(to_text(
        RefusedLine{SnapshotRequest("iabc"), 2, {Errc::rate_limited, "slow", "quota", "0af7"}, epoch}));
    CHECK(line.request.sandbox_id == "iabc");
    CHECK(line.copy == 2);
    CHECK(line.error.code == Errc::rate_limited);
    CHECK(line.error.message == "slow");
    CHECK(line.error.error_code == "quota");
    CHECK(line.error.trace_id == "0af7");
    CHECK(line.at == epoch);
}

TEST_CASE("an end's line is the record", "[cli][journal]") {
    Record record;
    record.sandbox_id = "iabc";
    record.outcome = Outcome::rejected;
    record.attempts = 2;
    record.elapsed = 1500ms;
    record.error = Record::Error{Errc::not_found, "no such sandbox"};
    auto const text = to_text(EndLine{record});
    CHECK(text == R"({"event":"end",)" + to_json_line(record).substr(std::string(R"({"schema":1,)").size()));
    CHECK(to_json_line(read_again<EndLine>(text).record) == to_json_line(record));
}

TEST_CASE("a line of progress", "[cli][journal]") {
    auto const line = read_again<ProgressLine>(to_text(ProgressLine{epoch, 40, 64}));
    CHECK(line.at == epoch);
    CHECK(line.in_flight == 40);
    CHECK(line.window == 64);
}

TEST_CASE("numbers that are out of range are cut", "[cli][journal]") {
    auto const read = [](std::string const& number) {
        auto const line =
            parse_journal_line(R"({"event":"end","sandboxID":"i","outcome":"created","attempts":)" + number +
                               R"(,"elapsedMs":)" + number + "}");
        REQUIRE(line);
        return std::get<EndLine>(*line).record;
    };
    for (auto const* const number : {"-1", "-1e300", "-9223372036854775808"}) {
        CHECK(read(number).attempts == 0);
        CHECK(read(number).elapsed == 0ms);
    }
    for (auto const* const number : {"1e300", "18446744073709551615", "1e400"}) {
        CHECK(read(number).attempts == std::numeric_limits<unsigned>::max());
        CHECK(read(number).elapsed > 24h);
    }
}

TEST_CASE("what is no line of a journal is not taken for one", "[cli][journal]") {
    for (auto const* const text :
         {"", "{", "[]", "{}", R"({"event":"end"})", R"({"event":"try","sandboxID":"i"})",
          R"({"event":"end","sandboxID":"i","outcome":"perhaps"})", R"({"event":"what","sandboxID":"i"})",
          R"({"event":"run","schema":2,"run":"x","at":"1970-01-01T00:00:00Z"})"}) {
        INFO(text);
        CHECK_FALSE(parse_journal_line(text));
    }
}
