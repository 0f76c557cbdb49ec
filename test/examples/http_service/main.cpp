// http_service [PORT]: the service of service.hpp, by the environment that the official SDKs read
// (E2B_API_KEY and so on). SIGTERM or SIGINT drains it: it accepts nothing new, waits for the snapshots that
// the platform is at work on, answers their callers, and ends. Give it the time: at least 100 s until it is
// killed.
#include "service.hpp"

#include <e2b/client.hpp>
#ifdef E2B_EXAMPLE_PROMETHEUS
#include <e2b/prometheus.hpp>
#endif

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace asio = boost::asio;

namespace {

asio::awaitable<void> drain_at_signal(e2b::Client& client, Service& service) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
    co_await signals.async_wait(asio::use_awaitable);
    service.drain();
    // Calls that have sent nothing end at once, those that have are waited for.
    co_await client.close();
}

void serve(std::uint16_t port) {
    asio::io_context context(1);
    auto config = e2b::ClientConfig::from_environment();
    Service::Metrics text = [] { return std::string(); };
#ifdef E2B_EXAMPLE_PROMETHEUS
    auto const metrics = std::make_shared<e2b::PrometheusMetrics>();
    config.observer = metrics;
    text = [metrics] { return metrics->text(); };
#endif
    e2b::Client client(context.get_executor(), config);
#ifdef E2B_EXAMPLE_PROMETHEUS
    auto const watch = metrics->watch(client);
#endif
    Service service(context.get_executor(), client, port, text);
    std::cout << "http://127.0.0.1:" << service.port() << std::endl;
    asio::co_spawn(context, service.run(), asio::detached);
    asio::co_spawn(context, drain_at_signal(client, service), asio::detached);
    context.run();
    std::cout << "drained" << std::endl;
}

} // namespace

int main(int argc, char** argv) {
    try {
        serve(argc > 1 ? static_cast<std::uint16_t>(std::stoul(argv[1])) : std::uint16_t(0));
    } catch (std::exception const& error) {
        std::cerr << "http_service: " << error.what() << '\n';
        return 2;
    }
}
