#include "prometheus/watched.hpp"

#include <chrono>
#include <initializer_list>
#include <prometheus/metric_type.h>
#include <utility>

namespace e2b::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

// A value with one label of its own, or none.
struct Sample {
    char const* label;
    char const* of;
    double value;
};

template <class Number>
double number(Number value) {
    return static_cast<double>(value);
}

class Families {
public:
    explicit Families(Labels const& labels) {
        for (auto const& [name, value] : labels)
            common_.push_back({name, value});
    }

    void gauge(char const* name, char const* help, std::initializer_list<Sample> samples) {
        add(prometheus::MetricType::Gauge, name, help, samples);
    }
    void counter(char const* name, char const* help, std::initializer_list<Sample> samples) {
        add(prometheus::MetricType::Counter, name, help, samples);
    }
    [[nodiscard]] std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

private:
    void add(prometheus::MetricType type, char const* name, char const* help,
             std::initializer_list<Sample> samples) {
        prometheus::MetricFamily family;
        family.name = name;
        family.help = help;
        family.type = type;
        for (auto const& sample : samples) {
            prometheus::ClientMetric metric;
            metric.label = common_;
            if (sample.label != nullptr)
                metric.label.push_back({sample.label, sample.of});
            metric.counter.value = sample.value;
            metric.gauge.value = sample.value;
            family.metric.push_back(std::move(metric));
        }
        families_.push_back(std::move(family));
    }

    std::vector<prometheus::ClientMetric::Label> common_;
    std::vector<prometheus::MetricFamily> families_;
};

void add_clients(Families& families, ClientStats const& stats) {
    families.gauge("e2b_connections", "Connections, by what they do.",
                   {{"state", "idle", number(stats.idle)},
                    {"state", "leased", number(stats.leased)},
                    {"state", "dialing", number(stats.dialing)}});
    families.gauge("e2b_calls_in_flight", "Calls that have started and not ended.",
                   {{nullptr, nullptr, number(stats.in_flight)}});
    families.gauge("e2b_calls_waiting", "Calls that wait for a connection.",
                   {{nullptr, nullptr, number(stats.waiting)}});
    families.gauge("e2b_late_exchanges", "Exchanges that go on though their calls have ended.",
                   {{nullptr, nullptr, number(stats.late)}});
    families.counter("e2b_dials_total", "Connections that were begun to be opened.",
                     {{nullptr, nullptr, number(stats.dials)}});
    families.counter("e2b_connections_opened_total", "Connections that were opened.",
                     {{nullptr, nullptr, number(stats.connections_opened)}});
    families.counter("e2b_handshakes_resumed_total", "TLS handshakes that resumed a session.",
                     {{nullptr, nullptr, number(stats.handshakes_resumed)}});
    families.counter("e2b_idle_connections_lost_total", "Idle connections that the peer closed.",
                     {{nullptr, nullptr, number(stats.idle_lost)}});
}

void add_runs(Families& families, BulkProgress const& runs) {
    families.gauge("e2b_bulk_window", "How many snapshots bulk runs may have in flight at present.",
                   {{nullptr, nullptr, number(runs.window)}});
    families.gauge("e2b_bulk_starts_per_second", "How many snapshots bulk runs may start in a second.",
                   {{nullptr, nullptr, runs.starts_per_second}});
    families.gauge("e2b_bulk_snapshots_per_second", "Snapshots that bulk runs made in a second, lately.",
                   {{nullptr, nullptr, runs.snapshots_per_second}});
    families.gauge("e2b_bulk_items", "Items of bulk runs that are not done, by where they are.",
                   {{"state", "in_flight", number(runs.in_flight)},
                    {"state", "ready", number(runs.ready)},
                    {"state", "waiting", number(runs.waiting)}});
    families.gauge("e2b_bulk_items_waiting_for_node", "Items that wait because they were refused.",
                   {{nullptr, nullptr, number(runs.waiting_for_node)}});
    auto const outage = runs.outage ? runs.outage->lasted : std::chrono::nanoseconds(0);
    families.gauge("e2b_bulk_outage_seconds", "How long nothing has got through; 0 while something does.",
                   {{nullptr, nullptr, std::chrono::duration<double>(outage).count()}});
    families.counter("e2b_bulk_items_done_total", "Items of bulk runs that are done, by outcome.",
                     {{"outcome", "created", number(runs.created)},
                      {"outcome", "rejected", number(runs.rejected)},
                      {"outcome", "not_sent", number(runs.not_sent)},
                      {"outcome", "unknown", number(runs.unknown)}});
    families.counter("e2b_bulk_refused_total", "Tries that were refused (429, 503), to be repeated.",
                     {{nullptr, nullptr, number(runs.refused)}});
}

} // namespace

void Totals::add(ClientStats const& stats) {
    clients.idle += stats.idle;
    clients.leased += stats.leased;
    clients.dialing += stats.dialing;
    clients.waiting += stats.waiting;
    clients.in_flight += stats.in_flight;
    clients.late += stats.late;
    add_counters(stats);
}

void Totals::add_counters(ClientStats const& stats) {
    clients.dials += stats.dials;
    clients.connections_opened += stats.connections_opened;
    clients.handshakes_resumed += stats.handshakes_resumed;
    clients.idle_lost += stats.idle_lost;
}

void Totals::add(BulkProgress const& progress) {
    runs.window += progress.window;
    runs.starts_per_second += progress.starts_per_second;
    runs.snapshots_per_second += progress.snapshots_per_second;
    runs.in_flight += progress.in_flight;
    runs.ready += progress.ready;
    runs.waiting += progress.waiting;
    runs.waiting_for_node += progress.waiting_for_node;
    // Of several runs, that which has been cut off longest.
    if (progress.outage && (!runs.outage || runs.outage->lasted < progress.outage->lasted))
        runs.outage = progress.outage;
    add_counters(progress);
}

void Totals::add_counters(BulkProgress const& progress) {
    runs.created += progress.created;
    runs.rejected += progress.rejected;
    runs.not_sent += progress.not_sent;
    runs.unknown += progress.unknown;
    runs.refused += progress.refused;
}

std::vector<prometheus::MetricFamily> families(Totals const& totals, Labels const& labels) {
    Families families(labels);
    add_clients(families, totals.clients);
    add_runs(families, totals.runs);
    return families.take();
}

} // namespace e2b::metrics
