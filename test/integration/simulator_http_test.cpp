// The simulator's HTTP and TLS, seen from the wire.
#include "integration/simulator_rig.hpp"

#include <openssl/ssl.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;

TEST_CASE("a snapshot is made over TLS and stands in the ledger") {
    SimulatorRig rig;
    auto const response = rig.ask(rig.create(0, R"({"name":"mine:v1"})"));
    CHECK(response.status == 201);
    CHECK(response.body == R"({"snapshotID":"team-sim/mine:v1","names":["team-sim/mine"]})");
    CHECK(response.field("Content-Type") == "application/json; charset=utf-8");
    auto const records = rig.simulator.snapshots();
    REQUIRE(records.size() == 1);
    CHECK(records[0].sandbox_id == rig.ids[0]);
    CHECK(records[0].snapshot_id == "team-sim/mine:v1");
    CHECK(rig.simulator.requests(rig.ids[0]) == 1);
    CHECK(rig.simulator.requests(rig.ids[1]) == 0);
    CHECK(rig.simulator.requests(SimulatorEndpoint::create_snapshot) == 1);
}

TEST_CASE("tests see the headers of each request, but not the key") {
    std::vector<ReceivedRequest> received;
    SimulatorOptions options = simulator_options();
    options.on_request = [&received](ReceivedRequest const& request) { received.push_back(request); };
    SimulatorRig rig(options);
    CHECK(rig.ask(rig.create(0)).status == 201);
    CHECK(rig.ask(rig.request("GET /snapshots", {}, "TraceParent:  00-ab-cd-01 \r\n")).status == 200);
    rig.simulator.stop();
    REQUIRE(received.size() == 2);
    CHECK(received[0].endpoint == SimulatorEndpoint::create_snapshot);
    CHECK(received[0].sandbox_id == rig.ids[0]);
    CHECK(received[1].endpoint == SimulatorEndpoint::list_snapshots);
    CHECK(received[1].sandbox_id.empty());
    using Header = std::pair<std::string, std::string>;
    CHECK(received[1].headers == std::vector<Header>{{"host", "localhost"}, {"traceparent", "00-ab-cd-01"}});
}

TEST_CASE("one connection serves request after request") {
    SimulatorRig rig;
    auto const client = rig.connect();
    for (std::size_t i = 0; i < 50; ++i) {
        client->send(i % 2 == 0 ? rig.create(i % 8) : rig.request("GET /snapshots?limit=1"));
        auto const response = client->receive();
        REQUIRE(response);
        CHECK(response->status == (i % 2 == 0 ? 201 : 200));
        CHECK_FALSE(response->field("Connection"));
    }
    CHECK(rig.simulator.stats().connections_accepted == 1);
}

TEST_CASE("requests that come together are answered in order") {
    SimulatorRig rig(manual_options());
    auto const client = rig.connect();
    client->send(rig.create(0) + rig.request("GET /nothing") + rig.request("GET /snapshots"));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(4s);
    CHECK(client->receive()->status == 201);
    CHECK(client->receive()->status == 404);
    CHECK(client->receive()->status == 200);
}

TEST_CASE("a request may come in any pieces") {
    SimulatorRig rig;
    auto const client = rig.connect();
    for (char const c : rig.create(0))
        client->send(std::string_view(&c, 1));
    CHECK(client->receive()->status == 201);
}

TEST_CASE("bodies may come in chunks") {
    SimulatorRig rig;
    auto const client = rig.connect();
    client->send(rig.create(0, {}, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
                 "9\r\n{\"name\":\"\r\n6;a=b\r\nmine\"}\r\n0\r\nX-Trailer: x\r\n\r\n");
    CHECK(client->receive()->body == R"({"snapshotID":"team-sim/mine:default","names":["team-sim/mine"]})");
    client->send(rig.create(1));
    CHECK(client->receive()->status == 201);
}

TEST_CASE("a client that waits for a go-ahead gets it") {
    SimulatorRig rig;
    auto const client = rig.connect();
    std::string const text = rig.create(0, "{}", "Expect: 100-continue\r\n");
    client->send(text.substr(0, text.size() - 2));
    CHECK(client->receive()->status == 100);
    client->send("{}");
    CHECK(client->receive()->status == 201);
}

TEST_CASE("answers to HEAD have no body") {
    SimulatorRig rig;
    auto const client = rig.connect();
    client->send(rig.request("HEAD /snapshots"));
    auto const response = client->receive(true);
    CHECK(response->status == 404);
    CHECK(response->field("Content-Length"));
    client->send(rig.request("GET /snapshots"));
    CHECK(client->receive()->status == 200);
}

TEST_CASE("a connection ends after the answer where the client asks for it") {
    SimulatorRig rig;
    auto const client = rig.connect();
    client->send(rig.create(0, "{}", "Connection: close\r\n"));
    auto const response = client->receive();
    CHECK(response->status == 201);
    CHECK(response->field("Connection") == "close");
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::announced);
}

TEST_CASE("what is no request is refused and the connection ends") {
    SimulatorRig rig;
    auto const client = rig.connect();
    client->send("this is not HTTP\r\n\r\n");
    CHECK(client->receive()->status == 400);
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::announced);
    CHECK(rig.simulator.stats().requests == 1);
    CHECK(rig.simulator.stats().answers[4] == 1);
}

TEST_CASE("a body that is too large is refused, and the answer is seen even while it is still being sent") {
    SimulatorRig rig;
    auto const client = rig.connect();
    std::string const body(500'000, 'x');
    client->send(rig.create(0, body));
    CHECK(client->receive()->status == 413);
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::announced);
    client->close();
    CHECK(eventually([&rig] { return rig.simulator.stats().connections_open == 0; }));
}

TEST_CASE("whoever goes on sending to a connection that refused is cut off") {
    SimulatorRig rig;
    auto const client = rig.connect();
    client->send("nonsense\r\n\r\n");
    CHECK(client->receive()->status == 400);
    std::string const more(64 * 1024, 'x');
    CHECK_THROWS_AS(
        [&] {
            for (int i = 0; i < 1000; ++i)
                client->send(more);
        }(),
        std::runtime_error);
}

TEST_CASE("by ALPN HTTP/1.1 is chosen and HTTP/2 declined") {
    SimulatorRig rig;
    auto options = rig.options();
    options.protocols = {"h2", "http/1.1"};
    CHECK(TlsClient(rig.simulator.port(), options).protocol() == "http/1.1");
    options.protocols = {"h2"};
    CHECK(TlsClient(rig.simulator.port(), options).protocol().empty());
    options.protocols = {};
    CHECK(TlsClient(rig.simulator.port(), options).protocol().empty());
}

TEST_CASE("the certificate is good for localhost, its addresses and the names that were added") {
    SimulatorOptions with_name = simulator_options();
    with_name.certificate_names = {"api.example.test", "192.0.2.7"};
    SimulatorRig rig(with_name);
    auto options = rig.options();
    for (auto const* const host : {"localhost", "127.0.0.1", "::1", "api.example.test", "192.0.2.7"}) {
        options.host = host;
        CHECK_NOTHROW(TlsClient(rig.simulator.port(), options));
    }
    options.host = "other.example.test";
    CHECK_THROWS_AS(TlsClient(rig.simulator.port(), options), std::runtime_error);
    options.host = "localhost";
    options.ca_pem = Simulator(simulator_options()).ca_pem();
    CHECK_THROWS_AS(TlsClient(rig.simulator.port(), options), std::runtime_error);
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones not") {
    SimulatorRig rig;
    auto options = rig.options();
    CHECK(TlsClient(rig.simulator.port(), options).version() == TLS1_3_VERSION);
    options.max_version = TLS1_2_VERSION;
    CHECK(TlsClient(rig.simulator.port(), options).version() == TLS1_2_VERSION);
    options.max_version = TLS1_1_VERSION;
    CHECK_THROWS_AS(TlsClient(rig.simulator.port(), options), std::runtime_error);
    CHECK(eventually([&rig] { return rig.simulator.stats().handshakes_failed == 1; }));
    CHECK(rig.simulator.stats().handshakes == 2);
}

TEST_CASE("sessions are resumed, with both versions of TLS") {
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        SimulatorRig rig;
        auto options = rig.options();
        options.max_version = version;
        TlsClient first(rig.simulator.port(), options);
        first.send(rig.create(0));
        REQUIRE(first.receive()->status == 201);
        CHECK_FALSE(first.resumed());
        options.session = first.session();
        TlsClient second(rig.simulator.port(), options);
        CHECK(second.resumed());
        second.send(rig.create(0));
        CHECK(second.receive()->status == 201);
        auto const stats = rig.simulator.stats();
        CHECK(stats.handshakes == 2);
        CHECK(stats.handshakes_resumed == 1);
    }
}

TEST_CASE("without TLS it is the same") {
    SimulatorOptions plain = simulator_options();
    plain.plain_http = true;
    SimulatorRig rig(plain);
    CHECK(rig.simulator.url() == "http://127.0.0.1:" + std::to_string(rig.simulator.port()));
    CHECK(rig.simulator.ca_pem().empty());
    auto const client = rig.connect();
    client->send(rig.create(0, "{}", "Connection: close\r\n"));
    CHECK(client->receive()->status == 201);
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::closed);
    CHECK(rig.simulator.stats().handshakes == 0);
}

TEST_CASE("a server may listen on IPv6") {
    SimulatorOptions options = simulator_options();
    options.address = "::1";
    try {
        Simulator const simulator(options);
        CHECK(simulator.url() == "https://[::1]:" + std::to_string(simulator.port()));
    } catch (std::system_error const& error) {
        WARN("no IPv6 here: " << error.what());
    }
}
