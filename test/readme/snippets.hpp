// What the tests run of the README's examples.
#pragma once

#include <e2b/client.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <string>
#include <vector>

void snapshot_fleet(e2b::ClientConfig config, std::vector<std::string> sandboxes);
boost::asio::awaitable<void> nightly(e2b::Client& client, std::string sandbox);
boost::asio::awaitable<std::string> named_snapshot(e2b::Client& client, std::string sandbox);
boost::asio::awaitable<void> snapshot_together(e2b::Client& client, std::vector<std::string> sandboxes);
boost::asio::awaitable<std::size_t> whole_fleet(e2b::Client& client, std::vector<std::string> sandboxes);
boost::asio::awaitable<std::vector<std::string>> sandboxes_of(e2b::Client& client, std::string project);
boost::asio::awaitable<bool> is_made(e2b::Client& client, std::string sandbox);
boost::asio::awaitable<e2b::SnapshotInfo> template_of(e2b::Client& client, std::string sandbox);
boost::asio::awaitable<e2b::Result<e2b::SnapshotInfo>> impatient(e2b::Client& client, std::string sandbox);
void snapshot_until_told(boost::asio::io_context& context, e2b::Client& client, std::string sandbox,
                         boost::asio::cancellation_signal& stop);
boost::asio::awaitable<void> serve_until_stopped(e2b::Client& client);
e2b::ClientConfig production();
e2b::ClientConfig watched(e2b::ClientConfig config);
e2b::ClientConfig for_tests(e2b::Simulator const& simulator);
