#include "support/catch.hpp"

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/prometheus.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace std::chrono_literals;

namespace {

bool has_line(PrometheusMetrics const& metrics, std::string const& line) {
    return ('\n' + metrics.text()).find('\n' + line + '\n') != std::string::npos;
}

// Of a metric that ends its line in a number.
double value_of(PrometheusMetrics const& metrics, std::string const& name) {
    auto const text = '\n' + metrics.text();
    auto const at = text.find('\n' + name + ' ');
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + name.size() + 2));
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
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_sum{class="none",outcome="created"} 6)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_bucket{class="none",outcome="created",le="2"} 0)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_bucket{class="none",outcome="created",le="3"} 2)"));
    CHECK(has_line(metrics, R"(e2b_call_duration_seconds_count{class="transient",outcome="rejected"} 1)"));
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
    CHECK(metrics.text().find("phase=\"first_byte\"") == std::string::npos); // nothing was committed
}

TEST_CASE("the time of each phase that an attempt came to is counted") {
    PrometheusMetrics metrics;
    AttemptReport attempt;
    attempt.outcome = Outcome::created;
    attempt.timings.tls = 30ms;
    attempt.timings.first_byte = 4s;
    metrics.on_attempt(attempt);
    CHECK(has_line(metrics, R"(e2b_phase_duration_seconds_sum{phase="first_byte"} 4)"));
    CHECK(has_line(metrics, R"(e2b_phase_duration_seconds_count{phase="tls"} 1)"));
    CHECK(metrics.text().find("phase=\"resolve\"") == std::string::npos); // the name was known
}

TEST_CASE("the time of the phase in which an attempt or a call ended is counted") {
    SimulatorOptions options;
    options.latency = 1h;
    Simulator const simulator(options);
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    config.max_connections = 1;
    auto const metrics = std::make_shared<PrometheusMetrics>();
    config.observer = metrics;
    boost::asio::io_context context;
    Client client(context.get_executor(), config);
    auto const call = [&](std::chrono::nanoseconds timeout) {
        CallOptions limits;
        limits.timeout = timeout;
        return boost::asio::co_spawn(context,
                                     client.try_create_snapshot(simulator.sandbox_ids().front(), limits),
                                     boost::asio::use_future);
    };
    auto sent = call(2s);
    auto waits = call(500ms); // for the connection that the first one has
    while (sent.wait_for(0s) != std::future_status::ready || waits.wait_for(0s) != std::future_status::ready)
        context.run_one();
    REQUIRE(sent.get().outcome() == Outcome::unknown);
    REQUIRE(waits.get().outcome() == Outcome::not_sent);
    auto const time_of = [&](std::string const& phase) {
        return value_of(*metrics, "e2b_phase_duration_seconds_sum{phase=\"" + phase + "\"}");
    };
    CHECK(time_of("pool_wait") > 0.49);
    CHECK(time_of("pool_wait") + time_of("write") + time_of("first_byte") > 2.49);
    CHECK(has_line(*metrics, R"(e2b_phase_duration_seconds_count{phase="first_byte"} 1)"));
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
    std::map<std::string, std::string> const labels{{"region", "eu"}};
    PrometheusMetrics metrics(labels);
    CallReport report;
    report.outcome = Outcome::created;
    metrics.on_call(report);
    CHECK(has_line(metrics, R"(e2b_calls_total{region="eu",class="none",error="none",outcome="created"} 1)"));
    CHECK(has_line(metrics, R"(e2b_bulk_window{region="eu"} 0)"));
}

TEST_CASE("labels that Prometheus does not take are refused, and those that the metrics have") {
    for (std::string const name : {"", "1st", "a-b", "__a", "outcome", "le"}) {
        std::map<std::string, std::string> const labels{{name, "x"}};
        CHECK_THROWS_AS(PrometheusMetrics(labels), std::invalid_argument);
    }
}

TEST_CASE("clients and runs are shown while they are watched, and their counters stay") {
    Simulator const simulator;
    ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();
    boost::asio::io_context context;
    auto metrics = std::make_shared<PrometheusMetrics>();
    config.observer = metrics;
    Client client(context.get_executor(), config);
    BulkRun run(client);
    {
        auto watch = metrics->watch(run);
        auto const run_watch = std::move(watch);
        auto const client_watch = metrics->watch(client);
        PrometheusMetrics::Watch replaced = metrics->watch(client); // a second time, and no more
        replaced = PrometheusMetrics::Watch();
        std::vector<SnapshotRequest> requests;
        for (auto const& id : simulator.sandbox_ids())
            if (requests.size() < 3)
                requests.emplace_back(id);
        auto ended = boost::asio::co_spawn(context, run.execute(requests), boost::asio::use_future);
        while (ended.wait_for(0s) != std::future_status::ready)
            context.run_one();
        CHECK(ended.get().created == 3);
        CHECK(has_line(*metrics, R"(e2b_bulk_items_done_total{outcome="created"} 3)"));
        CHECK(has_line(*metrics, R"(e2b_calls_total{class="none",error="none",outcome="created"} 3)"));
        auto const idle = client.stats().idle;
        CHECK(idle > 0);
        CHECK(has_line(*metrics, R"(e2b_connections{state="idle"} )" + std::to_string(idle)));
    }
    auto const opened = client.stats().connections_opened;
    CHECK(has_line(*metrics, R"(e2b_connections{state="idle"} 0)"));
    CHECK(has_line(*metrics, R"(e2b_bulk_items_done_total{outcome="created"} 3)"));
    // The second watch of the client added its counters once more: of what it had opened then, which was
    // nothing.
    CHECK(has_line(*metrics, "e2b_connections_opened_total " + std::to_string(opened)));
    // A watch keeps what it needs of the metrics.
    auto const outliving = metrics->watch(client);
    metrics.reset();
}
