#include "cli/output/attempt_log.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

TEST_CASE("an attempt that succeeded", "[cli][log]") {
    AttemptReport report;
    report.sandbox_id = "iabc";
    report.attempt = 2;
    report.connection_reused = true;
    report.outcome = Outcome::created;
    report.http_status = 201;
    report.timings.total = 1500ms;
    CHECK(format_attempt(report) == "iabc: created status 201 after 1.50 s, reused connection");
}

TEST_CASE("an attempt that failed says why, where and whether it goes on", "[cli][log]") {
    AttemptReport report;
    report.sandbox_id = "iabc\n";
    report.attempt = 1;
    report.outcome = Outcome::rejected;
    report.error = Errc::busy;
    report.phase = Phase::complete;
    report.http_status = 503;
    report.timings.total = 15s;
    report.will_retry = true;
    auto const line = format_attempt(report);
    CHECK_THAT(line,
               Catch::Matchers::ContainsSubstring(": rejected busy (complete) status 503 after 15.0 s, new "
                                                  "connection, will be tried again"));
    CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("a list that was read made no snapshot", "[cli][log]") {
    AttemptReport report;
    report.sandbox_id = "iabc";
    report.outcome = Outcome::succeeded;
    report.http_status = 200;
    report.timings.total = 3ms;
    CHECK(format_attempt(report) == "iabc: answered status 200 after 3.0 ms, new connection");
}
