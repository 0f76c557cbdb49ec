#pragma once

#include <e2b/error.hpp>
#include <e2b/observer.hpp>

#include <map>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <string>
#include <vector>

namespace e2b::metrics {

/// Counters and histograms of what clients report: calls, attempts, late responses and failed connections.
class Events {
public:
    explicit Events(std::map<std::string, std::string> const& labels);

    void count(AttemptReport const& report);
    void count(CallReport const& report);
    void count(LateResponse const& response);
    void count_connect_failure(Errc error);

    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

private:
    using Counters = prometheus::Family<prometheus::Counter>;
    using Histograms = prometheus::Family<prometheus::Histogram>;

    prometheus::Registry registry_;
    Counters& calls_;
    Counters& attempts_;
    Counters& retries_;
    Counters& late_responses_;
    Counters& connect_failures_;
    Histograms& call_duration_;
    Histograms& phase_duration_;
};

} // namespace e2b::metrics
