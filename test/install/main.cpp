// Snapshots one sandbox of a simulator, as a user's program would.
#include <e2b/client.hpp>
#include <e2b/simulator.hpp>
#ifdef WITH_PROMETHEUS
#include <e2b/prometheus.hpp>
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<std::string> snapshot(e2b::Client& client, std::string sandbox) {
    auto const info = co_await client.create_snapshot(sandbox);
    co_await client.close();
    co_return info.snapshot_id;
}

} // namespace

int main() {
    e2b::Simulator const simulator;
    e2b::ClientConfig config;
    config.base_url = simulator.url();
    config.api_key = simulator.api_key();
    config.tls.ca_pem = simulator.ca_pem();

#ifdef WITH_PROMETHEUS
    auto const metrics = std::make_shared<e2b::PrometheusMetrics>();
    config.observer = metrics;
#endif
    asio::io_context context;
    e2b::Client client(context.get_executor(), config);
    auto id = asio::co_spawn(context, snapshot(client, simulator.sandbox_ids().front()), asio::use_future);
    context.run();
#ifdef WITH_PROMETHEUS
    if (metrics->text().find("e2b_calls_total{") == std::string::npos)
        return 1;
#endif
    auto const made = simulator.snapshots();
    return made.size() == 1 && made.front().snapshot_id == id.get() ? 0 : 1;
}
