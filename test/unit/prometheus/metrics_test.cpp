#include "support/catch.hpp"

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/prometheus.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace e2b;
using namespace std::chrono_literals;

namespace {

bool has_line(PrometheusMetrics const& metrics, std::string const& line) {
    return ('\n' + metrics.text()).find('\n' + line + '\n') != std::string::npos;
}

ClientConfig config() {
    ClientConfig config;
    config.base_url = "http://127.0.0.1:9";
    config.api_key = "e2b_0";
    return config;
}

} // namespace

TEST_CASE("calls are counted by outcome, error and class") {
    PrometheusMetrics metrics;
    CallReport created;
    created.outcome = Outcome::created;
    created.total = 3s;
    created.pool_wait = 2ms;
    metrics.on_call(created);
    metrics.on_call(created);
    Failure const failure(Outcome::rejected, Errc::rate_limited, Phase::complete);
    CallReport rejected;
    rejected.outcome = failure.outcome;
    rejected.failure = &failure;
    metrics.on_call(rejected);
    CHECK(has_line(metrics, R"(e2b_calls_total{class="none",error="none",outcome="created"} 2)"));
    CHECK(
        has_line(metrics, R"(e2b_calls_total{class="transient",error="rate_limited",outcome="rejected"} 1)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_sum{outcome="created"} 6)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_bucket{outcome="created",le="2"} 0)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_bucket{outcome="created",le="3"} 2)"));
    CHECK(has_line(metrics, R"(e2b_phase_duration_seconds_count{phase="pool_wait"} 3)"));
}

TEST_CASE("attempts are counted by the phase in which they ended") {
    PrometheusMetrics metrics;
    AttemptReport attempt;
    attempt.outcome = Outcome::not_sent;
    attempt.error = Errc::stale;
    attempt.phase = Phase::write;
    attempt.will_retry = true;
    metrics.on_attempt(attempt);
    CHECK(has_line(
        metrics,
        R"(e2b_attempts_total{class="transient",error="stale",outcome="not_sent",phase="write"} 1)"));
    CHECK(has_line(metrics, R"(e2b_retries_total{class="transient",error="stale",outcome="not_sent"} 1)"));
    CHECK(metrics.text().find("phase=\"response\"") == std::string::npos); // nothing was committed
}

TEST_CASE("late responses and connections that cannot be opened are counted") {
    PrometheusMetrics metrics;
    LateResponse late;
    late.outcome = Outcome::created;
    metrics.on_late_response(late);
    metrics.on_connect_failed(Errc::dns_temporary, {}, "no answer");
    CHECK(has_line(metrics, R"(e2b_late_responses_total{outcome="created"} 1)"));
    CHECK(has_line(metrics, R"(e2b_connect_failures_total{error="dns_temporary"} 1)"));
}

TEST_CASE("all metrics have the labels that were given") {
    PrometheusMetrics metrics({{"region", "eu"}});
    CallReport report;
    report.outcome = Outcome::created;
    metrics.on_call(report);
    CHECK(has_line(metrics, R"(e2b_calls_total{region="eu",class="none",error="none",outcome="created"} 1)"));
    CHECK(has_line(metrics, R"(e2b_bulk_window{region="eu"} 0)"));
}

TEST_CASE("labels that Prometheus does not take are refused, and those that the metrics have") {
    for (std::string const name : {"", "1st", "a-b", "__a", "outcome", "le"})
        CHECK_THROWS_AS(PrometheusMetrics({{name, "x"}}), std::invalid_argument);
}

TEST_CASE("clients and runs are shown while they are watched") {
    boost::asio::io_context context;
    Client client(context.get_executor(), config());
    BulkRun run(client);
    auto metrics = std::make_shared<PrometheusMetrics>();
    {
        auto const client_watch = metrics->watch(client);
        auto watch = metrics->watch(run);
        auto const moved = std::move(watch);
        PrometheusMetrics::Watch replaced = metrics->watch(client);
        replaced = PrometheusMetrics::Watch();
        CHECK(has_line(*metrics, R"(e2b_connections{state="idle"} 0)"));
        CHECK(has_line(*metrics, "e2b_bulk_window " + std::to_string(run.progress().window)));
        CHECK(has_line(*metrics, R"(e2b_bulk_items_done_total{outcome="created"} 0)"));
        CHECK(run.progress().window > 0);
    }
    CHECK(has_line(*metrics, "e2b_bulk_window 0"));
    // A watch keeps what it needs of the metrics.
    auto const outliving = metrics->watch(client);
    metrics.reset();
}
