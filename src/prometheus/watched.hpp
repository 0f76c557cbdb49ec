#pragma once

#include <e2b/bulk.hpp>
#include <e2b/observer.hpp>

#include <map>
#include <prometheus/metric_family.h>
#include <string>
#include <vector>

namespace e2b::metrics {

/// What clients and runs say of themselves at one moment, added up. Of those that are gone only the counters
/// are left.
struct Totals {
    ClientStats clients;
    BulkProgress runs;

    void add(ClientStats const& stats);
    void add(BulkProgress const& progress);
    /// The same of one that is watched no more: without its gauges.
    void add_counters(ClientStats const& stats);
    void add_counters(BulkProgress const& progress);
};

/// The families of a scrape, with labels that all metrics have.
[[nodiscard]] std::vector<prometheus::MetricFamily>
families(Totals const& totals, std::map<std::string, std::string> const& labels);

} // namespace e2b::metrics
