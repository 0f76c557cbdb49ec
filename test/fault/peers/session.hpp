#pragma once

#include "fault/peers/program.hpp"

#include <e2b/client.hpp>
#include <e2b/simulator.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace e2b::test {

/// A platform with this many sandboxes that speaks plain http.
[[nodiscard]] SimulatorOptions plain_platform(std::size_t sandboxes);

/// The configuration of a client that trusts this server.
[[nodiscard]] ClientConfig config_for(Program const& server, std::string const& api_key = "e2b_key");

/// A client and its calls, on the test's own thread.
class Session {
public:
    explicit Session(ClientConfig config) : client_(context_.get_executor(), std::move(config)) {}

    /// Takes snapshots of all of these at once, or as many as the client may have connections.
    [[nodiscard]] std::vector<Result<SnapshotInfo>> snapshot(std::vector<std::string> const& sandboxes);
    /// Takes a snapshot, and describes how that ended: `created`, or outcome, error, phase, and the status if
    /// there was one, as in `unknown server_error complete 502`.
    [[nodiscard]] std::string snapshot(std::string const& sandbox = "i0123456789abcdefghij");

    [[nodiscard]] ClientStats stats() const { return client_.stats(); }

private:
    boost::asio::io_context context_;
    Client client_;
};

/// Checks that all were created, and that the platform knows each of them, once.
void check_all_created(std::vector<Result<SnapshotInfo>> const& results, Simulator const& platform);

} // namespace e2b::test
