#include "cli/output/record.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <utility>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

namespace {

Record created_record() {
    SnapshotInfo info("team/nightly:default", {"team/nightly"});
    return make_record("iabc", Result<SnapshotInfo>(std::move(info), 2, 1500us));
}

Record failed_record(Failure failure) {
    return make_record("iabc", Result<SnapshotInfo>(std::move(failure)));
}

} // namespace

TEST_CASE("the JSON line of a snapshot", "[cli][record]") {
    CHECK(to_json_line(created_record()) ==
          R"({"schema":1,"sandboxID":"iabc","outcome":"created","snapshotID":"team/nightly:default",)"
          R"("names":["team/nightly"],"attempts":2,"elapsedMs":1.500,"httpStatus":201})"
          "\n");
}

TEST_CASE("a snapshot without names has an empty list", "[cli][record]") {
    SnapshotInfo info("abc:default", {});
    auto const line = to_json_line(make_record("iabc", Result<SnapshotInfo>(std::move(info), 1, 1ms)));
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring(R"("names":[])"));
}

TEST_CASE("the JSON line of a rejection carries the server's words and its hint", "[cli][record]") {
    Failure failure(Outcome::rejected, Errc::rate_limited, Phase::complete);
    failure.attempts = 4;
    failure.http_status = 429;
    failure.elapsed = 3s;
    failure.server_message = "slow \"down\"";
    failure.retry_after = 12s;
    CHECK(
        to_json_line(failed_record(failure)) ==
        R"({"schema":1,"sandboxID":"iabc","outcome":"rejected","attempts":4,"elapsedMs":3000.000,"httpStatus":429,)"
        R"("error":{"code":"rate_limited","message":"slow \"down\"","retryAfterS":12}})"
        "\n");
}

TEST_CASE("a record has the server's own word for the error, and what its logs know the request by",
          "[cli][record]") {
    Failure failure(Outcome::rejected, Errc::unsupported, Phase::complete);
    failure.attempts = 1;
    failure.elapsed = 2ms;
    failure.server_message = "m";
    failure.server_error_code = "word\n";
    failure.trace_id = "0af7";
    auto const record = failed_record(failure);
    CHECK_THAT(
        to_json_line(record),
        Catch::Matchers::ContainsSubstring(
            R"("error":{"code":"unsupported","message":"m","errorCode":"word\\x0a","traceID":"0af7"})"));
    CHECK(to_text_line(record) == "rejected  iabc  unsupported: m [word\\x0a]  trace 0af7  2.0 ms\n");
}

TEST_CASE("where there is no such endpoint, the record says what to look at", "[cli][record]") {
    Failure failure(Outcome::rejected, Errc::no_such_endpoint, Phase::complete);
    auto const hint = make_error_code(failure.error).message();
    CHECK(failed_record(failure).error->message == hint);
    failure.server_message = "404 page not found";
    CHECK(failed_record(failure).error->message == hint + " The server says: 404 page not found");
}

TEST_CASE("the status that was seen is said once", "[cli][record]") {
    Failure failure(Outcome::unknown, Errc::truncated, Phase::body);
    failure.http_status = 201;
    CHECK_THAT(to_json_line(failed_record(failure)),
               Catch::Matchers::ContainsSubstring(R"("httpStatus":201,)"));
    failure.http_status = 0;
    CHECK_THAT(to_json_line(failed_record(failure)), !Catch::Matchers::ContainsSubstring("tatus"));
}

TEST_CASE("a record says when its last try began and ended, and how much of its name is its own",
          "[cli][record]") {
    auto record = created_record();
    record.started_at = std::chrono::system_clock::time_point(1s);
    record.ended_at = std::chrono::system_clock::time_point(2s);
    record.uniqueness = NameUniqueness::alias;
    auto const line = to_json_line(record);
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring(R"("startedAt":"1970-01-01T00:00:01.000000Z",)"
                                                        R"("endedAt":"1970-01-01T00:00:02.000000Z")"));
    CHECK_THAT(line, Catch::Matchers::ContainsSubstring(R"("unique":"alias")"));
    CHECK(parse_uniqueness("alias") == NameUniqueness::alias);
    CHECK(parse_uniqueness("tag") == NameUniqueness::tag);
    CHECK(parse_uniqueness("none") == NameUniqueness::none);
    CHECK_FALSE(parse_uniqueness("yes"));
}

TEST_CASE("a record is read as it was written", "[cli][record]") {
    Record record;
    record.line = 7;
    record.copy = 2;
    record.sandbox_id = "iabc";
    record.name = "nightly";
    record.uniqueness = NameUniqueness::tag;
    record.outcome = Outcome::unknown;
    record.attempts = 3;
    record.elapsed = 1500us;
    record.http_status = 503;
    record.started_at = std::chrono::system_clock::time_point(1s);
    record.ended_at = std::chrono::system_clock::time_point(2s);
    record.error = Record::Error{Errc::server_error, "words", "code", "0af7", 12s};
    auto made = created_record();
    for (auto const& each : {record, made}) {
        auto const line = to_json_line(each);
        auto const again = read_record(boost::json::parse(line).as_object());
        REQUIRE(again);
        CHECK(to_json_line(*again) == line);
    }
    CHECK_FALSE(read_record(boost::json::parse(R"({"outcome":"created"})").as_object()));
    CHECK_FALSE(read_record(boost::json::parse(R"({"sandboxID":"i","outcome":"perhaps"})").as_object()));
}

TEST_CASE("a failure without words is described by its error and the one underneath", "[cli][record]") {
    Failure failure(Outcome::not_sent, Errc::connect_failed, Phase::connect);
    CHECK(failed_record(failure).error->message == make_error_code(Errc::connect_failed).message());
    failure.cause = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    CHECK_THAT(failed_record(failure).error->message, Catch::Matchers::EndsWith(": Connection refused"));
    failure.detail = "the library's words";
    CHECK(failed_record(failure).error->message == "the library's words: Connection refused");
    // Of a handshake the library's words say what the cause says.
    failure.phase = Phase::handshake;
    CHECK(failed_record(failure).error->message == "the library's words");
}

TEST_CASE("an item that was refused is said with its line", "[cli][record]") {
    auto const record = make_invalid_record(3, "", "sandboxID: missing");
    CHECK(to_json_line(record) ==
          R"({"schema":1,"line":3,"outcome":"not_sent","attempts":0,"elapsedMs":0.000,)"
          R"("error":{"code":"invalid_argument","message":"sandboxID: missing"}})"
          "\n");
    CHECK(to_text_line(record) == "not_sent  -  line 3: invalid_argument: sandboxID: missing\n");
}

TEST_CASE("control bytes reach neither the terminal nor the line structure", "[cli][record]") {
    Failure failure(Outcome::rejected, Errc::bad_request, Phase::complete);
    failure.server_message = "two\nlines \x1b[31mred \xff";
    auto const record = failed_record(failure);
    for (auto const& line : {to_json_line(record), to_text_line(record)}) {
        CAPTURE(line);
        CHECK(line.find('\n') == line.size() - 1);
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(line.find('\xff') == std::string::npos);
    }
}

TEST_CASE("the text lines", "[cli][record]") {
    CHECK(to_text_line(created_record()) ==
          "created   iabc  team/nightly:default team/nightly  2 attempts  1.5 ms\n");

    Failure failure(Outcome::rejected, Errc::not_found, Phase::complete);
    failure.attempts = 1;
    failure.elapsed = 2ms;
    failure.server_message = "Sandbox not found";
    CHECK(to_text_line(failed_record(failure)) == "rejected  iabc  not_found: Sandbox not found  2.0 ms\n");
}

TEST_CASE("colours are around the outcome alone", "[cli][record]") {
    auto const line = to_text_line(created_record(), true);
    CHECK(line.starts_with("\x1b[32mcreated   \x1b[0miabc"));
    CHECK(to_text_line(created_record()).find('\x1b') == std::string::npos);
}
