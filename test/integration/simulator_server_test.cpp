// The simulator as a server: many connections, threads, limits of the system, its end.
#include "integration/simulator_rig.hpp"

#include <atomic>
#include <memory>
#include <set>
#include <vector>

using namespace e2b;
using namespace e2b::test;

TEST_CASE("unused connections are closed after their time") {
    SimulatorOptions options = manual_options();
    options.latency = 0s;
    SimulatorRig rig(options);
    auto const idle = rig.connect();
    auto const used = rig.connect();
    auto const ask = [&rig, &used] {
        used->send(rig.create(0));
        return used->receive()->status;
    };
    CHECK(ask() == 201);
    REQUIRE(eventually([&rig] { return rig.simulator.stats().handshakes == 2; }));
    rig.simulator.advance(600s);
    CHECK(ask() == 201);
    rig.simulator.advance(10s);
    End end{};
    CHECK(idle->receive_all(end).empty());
    CHECK(end == End::closed);
    CHECK(ask() == 201);
    rig.simulator.advance(610s);
    CHECK(used->receive_all(end).empty());
    CHECK(end == End::closed);
}

TEST_CASE("draining closes the connections between requests and no others") {
    SimulatorRig rig(manual_options());
    auto const idle = rig.connect();
    auto const busy = rig.connect();
    busy->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    idle->send(rig.request("GET /snapshots"));
    CHECK(idle->receive()->status == 200);
    rig.simulator.close_idle_connections();
    End end{};
    CHECK(idle->receive_all(end).empty());
    CHECK(end == End::closed);
    rig.simulator.advance(4s);
    CHECK(busy->receive()->status == 201);
}

TEST_CASE("all connections can be reset, busy ones as well") {
    SimulatorRig rig(manual_options());
    auto const idle = rig.connect();
    auto const busy = rig.connect();
    busy->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    idle->send(rig.request("GET /snapshots"));
    CHECK(idle->receive()->status == 200);
    rig.simulator.reset_connections();
    End end{};
    CHECK(idle->receive_all(end).empty());
    CHECK(end == End::reset);
    CHECK(busy->receive_all(end).empty());
    CHECK(end == End::reset);
    CHECK(rig.simulator.wait_for_in_flight(0)); // who is cut off has hung up
    CHECK(rig.ask(rig.request("GET /snapshots")).status == 200);
}

TEST_CASE("a connection that ends amid the handshake counts as failed") {
    SimulatorRig rig;
    TlsClient::Options plain;
    TlsClient client(rig.simulator.port(), plain);
    client.send("GET / HTTP/1.1\r\n\r\n");
    End end{};
    client.receive_all(end);
    CHECK(eventually([&rig] { return rig.simulator.stats().handshakes_failed == 1; }));
    CHECK(rig.simulator.stats().requests == 0);
}

TEST_CASE("many clients on many threads: each snapshot is made and answered once") {
    for (unsigned const server_threads : {1U, 3U}) {
        SimulatorOptions options = simulator_options();
        options.threads = server_threads;
        options.sandboxes = 64;
        options.nodes = 8;
        options.slots_per_node = 0;
        options.latency_spread = 2ms;
        SimulatorRig rig(options);
        constexpr std::size_t clients = 8;
        constexpr std::size_t each = 50;
        std::atomic<int> created = 0;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < clients; ++i) {
            threads.emplace_back([&rig, &created, i] {
                auto const client = rig.connect();
                for (std::size_t j = 0; j < each; ++j) {
                    client->send(rig.create(8 * i + j % 8));
                    auto const response = client->receive();
                    created += response && response->status == 201 ? 1 : 0;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        CHECK(created == clients * each);
        std::set<std::string> ids;
        for (auto const& record : rig.simulator.snapshots())
            ids.insert(record.snapshot_id);
        CHECK(ids.size() == clients * each);
        auto const stats = rig.simulator.stats();
        CHECK(stats.snapshots == clients * each);
        CHECK(stats.requests == clients * each);
        CHECK(stats.answers[2] == clients * each);
        CHECK(stats.connections_accepted == clients);
        CHECK(rig.simulator.in_flight() == 0);
        CHECK(eventually([&rig] { return rig.simulator.stats().connections_open == 0; }));
    }
}

TEST_CASE("stopping cuts all connections, and what was seen can still be asked for") {
    SimulatorOptions options = manual_options();
    options.threads = 2;
    SimulatorRig rig(options);
    auto const first = rig.connect();
    first->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(4s);
    CHECK(first->receive()->status == 201);
    auto const second = rig.connect();
    second->send(rig.create(1));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.stop();
    rig.simulator.stop();
    End end{};
    CHECK(first->receive_all(end).empty());
    CHECK(end == End::closed);
    CHECK(second->receive_all(end).empty());
    CHECK(end == End::closed);
    CHECK(rig.simulator.snapshots().size() == 1);
    CHECK(rig.simulator.stats().connections_open == 0);
    CHECK(rig.simulator.in_flight() == 0);
    CHECK(rig.simulator.sandbox_ids().size() == 8);
    CHECK_THROWS_AS(rig.connect(), std::runtime_error);
}

TEST_CASE("a simulator may go away with connections open and snapshots in flight") {
    SimulatorOptions options = simulator_options();
    options.latency = 1h;
    std::unique_ptr<TlsClient> client;
    {
        SimulatorRig rig(options);
        client = rig.connect();
        client->send(rig.create(0));
        REQUIRE(rig.simulator.wait_for_in_flight(1));
        CHECK_FALSE(rig.simulator.wait_for_in_flight(2, 1ms));
    }
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::closed);
}
