#pragma once

#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/export.hpp>
#include <e2b/observer.hpp>

#include <map>
#include <memory>
#include <string>

namespace prometheus {
class Collectable;
}

namespace e2b::inline v0 {

/// Metrics of clients and of bulk runs for Prometheus, over prometheus-cpp. The target `e2b::prometheus`.
///
/// It counts as `ClientConfig::observer`, and asks the clients and runs that it watches when it is scraped.
/// One may serve several clients: their counters and gauges are added up.
///
/// Thread safety: every function may be called from any thread.
///
/// Example:
/// ```
/// auto metrics = std::make_shared<e2b::PrometheusMetrics>();
/// config.observer = metrics;
/// e2b::Client client(executor, config);
/// auto const watch = metrics->watch(client);
/// prometheus::Exposer exposer("127.0.0.1:9464");
/// exposer.RegisterCollectable(metrics->collectable());
/// ```
class E2B_SNAPSHOT_API PrometheusMetrics final : public ClientObserver {
public:
    /// Ends the watching of a client or run when it is destroyed, and keeps the last values of its counters.
    /// Movable; an empty one watches nothing.
    class E2B_SNAPSHOT_API Watch {
    public:
        /// Watches nothing.
        Watch() noexcept;
        /// Takes over what the other one watches.
        Watch(Watch&&) noexcept;
        /// The same; what was watched before is watched no more.
        Watch& operator=(Watch&& other) noexcept;
        ~Watch();

    private:
        friend class PrometheusMetrics;
        struct State;
        explicit Watch(std::unique_ptr<State> state) noexcept;
        std::unique_ptr<State> state_;
    };

    /// Parameters: `labels` are added to each metric.
    ///
    /// Errors: throws `std::invalid_argument` for a label's name that Prometheus does not take.
    explicit PrometheusMetrics(std::map<std::string, std::string> labels = {});
    PrometheusMetrics(PrometheusMetrics const&) = delete;
    PrometheusMetrics& operator=(PrometheusMetrics const&) = delete;
    ~PrometheusMetrics() override;

    /// What is scraped: for `prometheus::Exposer::RegisterCollectable` and its like.
    ///
    /// Lifetime: it stays valid without this object; an exposer holds it weakly, so keep one of both.
    [[nodiscard]] std::shared_ptr<prometheus::Collectable> collectable() const;
    /// The same in Prometheus's text format, for a server of your own. Its media type is `text/plain;
    /// version=0.0.4`.
    [[nodiscard]] std::string text() const;

    /// Shows the pool of a client.
    ///
    /// Lifetime: the client must outlive what is returned; it must not be moved meanwhile.
    [[nodiscard]] Watch watch(Client const& client);
    /// Shows the window of a run and its progress.
    ///
    /// Lifetime: as for a client.
    [[nodiscard]] Watch watch(BulkRun const& run);

    /// Counts. Called by the client, like those below.
    void on_attempt(AttemptReport const& report) override;
    /// Counts.
    void on_call(CallReport const& report) override;
    /// Counts.
    void on_late_response(LateResponse const& response) override;
    /// Counts.
    void on_connect_failed(Errc error, boost::system::error_code const& cause,
                           std::string_view detail) override;

private:
    class Metrics;
    std::shared_ptr<Metrics> metrics_;
};

} // namespace e2b::inline v0
