#include "prometheus/events.hpp"
#include "prometheus/watched.hpp"

#include <e2b/prometheus.hpp>

#include <algorithm>
#include <iterator>
#include <list>
#include <mutex>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace e2b::inline v0 {
namespace {

bool is_label_name(std::string_view name) {
    static constexpr std::string_view own[] = {"class", "error", "le", "outcome", "phase", "state"};
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    return !name.empty() && letters.find(name.front()) != letters.npos && !name.starts_with("__") &&
           name.find_first_not_of(std::string(letters) + "0123456789") == name.npos &&
           std::find(std::begin(own), std::end(own), name) == std::end(own);
}

} // namespace

/// Everything that is counted, and who is watched. Lives as long as an exposer or a watch needs it.
class PrometheusMetrics::Metrics final : public prometheus::Collectable {
public:
    using Watched = std::variant<Client const*, BulkRun const*>;
    using Place = std::list<Watched>::iterator;

    explicit Metrics(std::map<std::string, std::string> labels)
        : events(labels),
          labels_(std::move(labels)) {}

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        auto result = events.collect();
        auto watched = metrics::families(totals(), labels_);
        std::move(watched.begin(), watched.end(), std::back_inserter(result));
        return result;
    }

    Place add(Watched watched) {
        std::lock_guard const lock(mutex_);
        return watched_.insert(watched_.end(), watched);
    }
    void remove(Place place) {
        std::lock_guard const lock(mutex_);
        if (auto const* const client = std::get_if<Client const*>(&*place))
            gone_.add_counters((*client)->stats());
        else
            gone_.add_counters(std::get<BulkRun const*>(*place)->progress());
        watched_.erase(place);
    }

    metrics::Events events;

private:
    [[nodiscard]] metrics::Totals totals() const {
        std::lock_guard const lock(mutex_);
        auto result = gone_;
        for (auto const& watched : watched_) {
            if (auto const* const client = std::get_if<Client const*>(&watched))
                result.add((*client)->stats());
            else
                result.add(std::get<BulkRun const*>(watched)->progress());
        }
        return result;
    }

    std::map<std::string, std::string> labels_;
    mutable std::mutex mutex_;
    std::list<Watched> watched_;
    metrics::Totals gone_;
};

struct PrometheusMetrics::Watch::State {
    std::shared_ptr<Metrics> metrics;
    Metrics::Place place;
};

PrometheusMetrics::Watch::Watch() noexcept = default;

PrometheusMetrics::Watch::Watch(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

PrometheusMetrics::Watch::Watch(Watch&&) noexcept = default;

PrometheusMetrics::Watch& PrometheusMetrics::Watch::operator=(Watch&& other) noexcept {
    Watch taken(std::move(other));
    std::swap(state_, taken.state_);
    return *this;
}

PrometheusMetrics::Watch::~Watch() {
    if (state_ != nullptr)
        state_->metrics->remove(state_->place);
}

PrometheusMetrics::PrometheusMetrics(std::map<std::string, std::string> labels) {
    for (auto const& [name, value] : labels)
        if (!is_label_name(name))
            throw std::invalid_argument(
                "labels: '" + printable(name) +
                "' is not allowed: letters, digits and _, no digit first, no __ first, "
                "and none of the metrics' own labels");
    metrics_ = std::make_shared<Metrics>(std::move(labels));
}

PrometheusMetrics::~PrometheusMetrics() = default;

std::shared_ptr<prometheus::Collectable> PrometheusMetrics::collectable() const {
    return metrics_;
}

std::string PrometheusMetrics::text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, metrics_->Collect());
    return out.str();
}

PrometheusMetrics::Watch PrometheusMetrics::watch(Client const& client) {
    return Watch(std::make_unique<Watch::State>(Watch::State{metrics_, metrics_->add(&client)}));
}

PrometheusMetrics::Watch PrometheusMetrics::watch(BulkRun const& run) {
    return Watch(std::make_unique<Watch::State>(Watch::State{metrics_, metrics_->add(&run)}));
}

void PrometheusMetrics::on_attempt(AttemptReport const& report) {
    metrics_->events.count(report);
}

void PrometheusMetrics::on_call(CallReport const& report) {
    metrics_->events.count(report);
}

void PrometheusMetrics::on_late_response(LateResponse const& response) {
    metrics_->events.count(response);
}

void PrometheusMetrics::on_connect_failed(Errc error, boost::system::error_code const&, std::string_view) {
    metrics_->events.count_connect_failure(error);
}

} // namespace e2b::inline v0
