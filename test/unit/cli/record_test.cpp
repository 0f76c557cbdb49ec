#include "cli/record.hpp"
#include "support/catch.hpp"

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
    return make_record("iabc", Result<SnapshotInfo>(std::move(failure)), 7);
}

} // namespace

TEST_CASE("the JSON line of a snapshot", "[cli][record]") {
    CHECK(to_json_line(created_record()) ==
          R"({"sandboxID":"iabc","outcome":"created","snapshotID":"team/nightly:default",)"
          R"("names":["team/nightly"],"attempts":2,"elapsed_ms":1.500,"http_status":201})"
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
    CHECK(to_json_line(failed_record(failure)) ==
          R"({"sandboxID":"iabc","outcome":"rejected","attempts":4,"elapsed_ms":3000.000,"http_status":429,)"
          R"("error":{"code":"rate_limited","message":"slow \"down\"","retry_after_s":12}})"
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
            R"("error":{"code":"unsupported","message":"m","error_code":"word\\x0a","trace_id":"0af7"})"));
    CHECK(to_text_line(record) == "rejected  iabc  unsupported: m [word\\x0a]  trace 0af7  2.0 ms\n");
}

TEST_CASE("where there is no such endpoint, the record says what to look at", "[cli][record]") {
    Failure failure(Outcome::rejected, Errc::no_such_endpoint, Phase::complete);
    auto const hint = make_error_code(failure.error).message();
    CHECK(failed_record(failure).error->message == hint);
    failure.server_message = "404 page not found";
    CHECK(failed_record(failure).error->message == hint + " The server says: 404 page not found");
}

TEST_CASE("an unknown outcome says which status was seen, if one was", "[cli][record]") {
    Failure failure(Outcome::unknown, Errc::truncated, Phase::body);
    failure.http_status = 201;
    CHECK_THAT(to_json_line(failed_record(failure)),
               Catch::Matchers::ContainsSubstring(R"("http_status":201,"status_seen":201)"));
    failure.http_status = 0;
    CHECK_THAT(to_json_line(failed_record(failure)), !Catch::Matchers::ContainsSubstring("status"));
}

TEST_CASE("an unknown outcome says what is needed to find it out", "[cli][record]") {
    Failure const lost(Outcome::unknown, Errc::reset, Phase::first_byte);
    auto record = failed_record(lost);
    record.last_try = std::chrono::system_clock::time_point(1s);
    record.uniqueness = NameUniqueness::alias;
    CHECK_THAT(to_json_line(record), Catch::Matchers::ContainsSubstring(
                                         R"("startedAt":"1970-01-01T00:00:01.000000Z","unique":"alias")"));
    record.uniqueness = NameUniqueness::tag;
    CHECK_THAT(to_json_line(record), Catch::Matchers::ContainsSubstring(R"("unique":"tag")"));
    record.uniqueness = NameUniqueness::none;
    CHECK_THAT(to_json_line(record), !Catch::Matchers::ContainsSubstring("unique\""));
    auto made = created_record();
    made.last_try = record.last_try;
    made.uniqueness = NameUniqueness::tag;
    CHECK_THAT(to_json_line(made), !Catch::Matchers::ContainsSubstring("startedAt") &&
                                       !Catch::Matchers::ContainsSubstring("unique"));
    CHECK(parse_uniqueness("alias") == NameUniqueness::alias);
    CHECK(parse_uniqueness("tag") == NameUniqueness::tag);
    CHECK(parse_uniqueness("none") == NameUniqueness::none);
    CHECK_FALSE(parse_uniqueness("yes"));
}

TEST_CASE("a failure without words is described by its error and the one underneath", "[cli][record]") {
    Failure failure(Outcome::not_sent, Errc::connect_failed, Phase::connect);
    CHECK(failed_record(failure).error->message == make_error_code(Errc::connect_failed).message());
    failure.cause = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    CHECK_THAT(failed_record(failure).error->message, Catch::Matchers::EndsWith(": Connection refused"));
    failure.detail = "the library's words";
    CHECK(failed_record(failure).error->message == "the library's words");
}

TEST_CASE("an argument that the library refuses is said with its line", "[cli][record]") {
    Failure failure(Outcome::not_sent, Errc::invalid_argument, Phase::argument);
    failure.detail = "sandbox_id: empty";
    CHECK(failed_record(failure).error->message == "line 7: sandbox_id: empty");
}

TEST_CASE("an item whose id could not be read has none in its record", "[cli][record]") {
    CHECK(to_json_line(make_invalid_record("", "sandboxID: missing", 3)) ==
          R"({"outcome":"not_sent","attempts":0,"elapsed_ms":0.000,)"
          R"("error":{"code":"invalid_argument","message":"line 3: sandboxID: missing"}})"
          "\n");
    CHECK(to_text_line(make_invalid_record("", "sandboxID: missing", 3)) ==
          "not_sent  -  invalid_argument: line 3: sandboxID: missing\n");
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
