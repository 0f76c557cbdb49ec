#include "prometheus/events.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

// A snapshot takes seconds, an answer may take 80 s, and a call with its retries minutes; dials take
// milliseconds.
prometheus::Histogram::BucketBoundaries const call_bounds{0.05, 0.1, 0.25, 0.5, 1,  2,  3,   5,  8,
                                                          12,   20,  30,   45,  60, 90, 120, 300};
prometheus::Histogram::BucketBoundaries const phase_bounds{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5,
                                                           1,      2,      5,     10,    20,   30,   60,  90};

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

// What kind of failure it is, for alerts: names of errors come and go. Of several kinds the first.
std::string_view class_of(Errc error) {
    if (error == Errc())
        return "none";
    for (auto const condition : {Condition::fatal, Condition::transient, Condition::connect_error,
                                 Condition::client_error, Condition::server_error})
        if (error == condition)
            return to_string(condition);
    return "other";
}

Labels labels_of(Outcome outcome, Errc error) {
    return {{"outcome", std::string(to_string(outcome))},
            {"error", error == Errc() ? "none" : std::string(to_string(error))},
            {"class", std::string(class_of(error))}};
}

Labels with(Labels labels, char const* name, std::string_view value) {
    labels.emplace(name, value);
    return labels;
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, Labels const& labels,
                                                  char const* name, char const* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Labels(labels).Register(registry);
}

prometheus::Family<prometheus::Histogram>& histograms(prometheus::Registry& registry, Labels const& labels,
                                                      char const* name, char const* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Labels(labels).Register(registry);
}

} // namespace

Events::Events(Labels const& labels)
    : calls_(counters(registry_, labels, "e2b_calls_total", "Calls that ended.")),
      attempts_(counters(registry_, labels, "e2b_attempts_total",
                         "Attempts that ended, and the phase in which they did.")),
      retries_(counters(registry_, labels, "e2b_retries_total", "Attempts that another one follows.")),
      late_responses_(counters(registry_, labels, "e2b_late_responses_total",
                               "What became of requests whose call had ended before.")),
      connect_failures_(
          counters(registry_, labels, "e2b_connect_failures_total", "Connections that could not be opened.")),
      call_duration_(histograms(registry_, labels, "e2b_call_duration_seconds",
                                "How long calls took, their waits and retries included.")),
      phase_duration_(histograms(registry_, labels, "e2b_phase_duration_seconds",
                                 "How long the phases of calls and attempts took.")) {}

void Events::count(CallReport const& report) {
    auto const error = report.failure == nullptr ? Errc() : report.failure->error;
    calls_.Add(labels_of(report.outcome, error)).Increment();
    call_duration_
        .Add({{"outcome", std::string(to_string(report.outcome))}, {"class", std::string(class_of(error))}},
             call_bounds)
        .Observe(seconds(report.total));
    phase_duration_.Add({{"phase", "pool_wait"}}, phase_bounds).Observe(seconds(report.pool_wait));
}

void Events::count(AttemptReport const& report) {
    auto const labels = labels_of(report.outcome, is_success(report.outcome) ? Errc() : report.error);
    attempts_.Add(with(labels, "phase", to_string(report.phase))).Increment();
    if (report.will_retry)
        retries_.Add(labels).Increment();
    auto const& timings = report.timings;
    for (auto const& [phase, took] :
         {std::pair("resolve", timings.resolve), std::pair("connect", timings.connect),
          std::pair("proxy", timings.proxy), std::pair("tls", timings.tls), std::pair("write", timings.write),
          std::pair("first_byte", timings.first_byte), std::pair("body", timings.body)})
        if (took.count() > 0)
            phase_duration_.Add({{"phase", phase}}, phase_bounds).Observe(seconds(took));
}

void Events::count(LateResponse const& response) {
    late_responses_.Add({{"outcome", std::string(to_string(response.outcome))}}).Increment();
}

void Events::count_connect_failure(Errc error) {
    connect_failures_.Add({{"error", std::string(to_string(error))}}).Increment();
}

} // namespace e2b::metrics
