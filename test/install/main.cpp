// Snapshots one sandbox of a simulator, as a user's program would.
#include <e2b/client.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

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

    asio::io_context context;
    e2b::Client client(context.get_executor(), config);
    auto id = asio::co_spawn(context, snapshot(client, simulator.sandbox_ids().front()), asio::use_future);
    context.run();
    auto const made = simulator.snapshots();
    return made.size() == 1 && made.front().snapshot_id == id.get() ? 0 : 1;
}
