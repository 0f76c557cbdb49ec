#pragma once

#include "support/catch.hpp"
#include "support/tls_client.hpp"

#include <e2b/simulator.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace e2b::test {

using namespace std::chrono_literals;
using End = TlsClient::End;

inline SimulatorOptions simulator_options() {
    SimulatorOptions options;
    options.sandboxes = 8;
    options.nodes = 1;
    return options;
}

// On a clock that stands still, with snapshots of 4 s.
inline SimulatorOptions manual_options() {
    SimulatorOptions options = simulator_options();
    options.manual_time = true;
    options.latency = 4s;
    return options;
}

// A simulator and what is needed to talk to it.
class SimulatorRig {
public:
    explicit SimulatorRig(SimulatorOptions const& options = simulator_options())
        : simulator(options),
          ids(simulator.sandbox_ids()) {}

    [[nodiscard]] TlsClient::Options options() const {
        TlsClient::Options result;
        result.ca_pem = simulator.ca_pem();
        return result;
    }
    [[nodiscard]] std::unique_ptr<TlsClient> connect() const {
        return std::make_unique<TlsClient>(simulator.port(), options());
    }
    // A request as text; `fields` with their line ends.
    [[nodiscard]] std::string request(std::string_view line, std::string_view body = {},
                                      std::string_view fields = {}) const {
        std::string text(line);
        text += " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + simulator.api_key() + "\r\n";
        text += fields;
        if (!body.empty())
            text +=
                "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
        text += "\r\n";
        text += body;
        return text;
    }
    [[nodiscard]] std::string create(std::size_t sandbox, std::string_view body = "{}",
                                     std::string_view fields = {}) const {
        return request("POST /sandboxes/" + ids.at(sandbox) + "/snapshots", body, fields);
    }
    // Sends a request on a connection of its own and yields the answer.
    [[nodiscard]] HttpResponse ask(std::string_view text) const {
        auto const client = connect();
        client->send(text);
        auto response = client->receive();
        REQUIRE(response);
        return *response;
    }

    Simulator simulator;
    std::vector<std::string> ids;
};

// Waits, for as long as it may take on a busy machine, until what must become true is true.
template <class F>
bool eventually(F holds) {
    auto const limit = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > limit)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

} // namespace e2b::test
