// Bad days, seen from the wire.
#include "integration/simulator_rig.hpp"

#include <set>

using namespace e2b;
using namespace e2b::test;

namespace {

// What comes back for one snapshot under a fault: all bytes, and how the connection ended.
struct Seen {
    std::string bytes;
    End end;
};

Seen strike(SimulatorRig& rig, SimulatorFault const& fault) {
    rig.simulator.script(rig.ids[0], fault);
    auto const client = rig.connect();
    client->send(rig.create(0));
    Seen seen;
    seen.bytes = client->receive_all(seen.end);
    return seen;
}

std::string whole_answer(SimulatorRig const& rig) {
    auto const response = rig.ask(rig.create(1));
    return response.head + response.body;
}

SimulatorFault announced(SimulatorFault fault) {
    fault.announced = true;
    return fault;
}

} // namespace

TEST_CASE("a connection ends before the answer, with or without a word, or by a reset") {
    SimulatorRig rig;
    struct Row {
        SimulatorFault fault;
        End end;
        bool made;
    };
    for (auto const& row : {Row{SimulatorFault::close(), End::closed, true},
                            Row{announced(SimulatorFault::close()), End::announced, true},
                            Row{SimulatorFault::reset(), End::reset, true},
                            Row{SimulatorFault::close(SimulatorFault::Moment::before), End::closed, false},
                            Row{SimulatorFault::reset(SimulatorFault::Moment::before), End::reset, false}}) {
        auto const before = rig.simulator.snapshots().size();
        auto const seen = strike(rig, row.fault);
        CHECK(seen.bytes.empty());
        CHECK(seen.end == row.end);
        CHECK(rig.simulator.snapshots().size() == before + (row.made ? 1 : 0));
    }
    auto const stats = rig.simulator.stats();
    CHECK(stats.faults == 5);
    CHECK(stats.answers[2] == 0); // none that arrived
}

TEST_CASE("an answer is cut where the fault says") {
    SimulatorRig rig;
    std::string const whole = whole_answer(rig);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        auto const seen = strike(rig, SimulatorFault::cut(size));
        CHECK(seen.bytes.size() == size);
        CHECK(seen.bytes.substr(0, 9) == whole.substr(0, std::min<std::size_t>(size, 9)));
        CHECK(seen.end == End::closed);
    }
    CHECK(strike(rig, announced(SimulatorFault::cut(20))).end == End::announced);
    auto const reset = strike(rig, SimulatorFault::cut_reset(20));
    CHECK(reset.end == End::reset);
    CHECK(reset.bytes.size() <= 20); // a reset may overtake what was sent
}

TEST_CASE("answers are cut at random points, the same ones for the same seed") {
    auto const sizes = [] {
        SimulatorRig rig;
        std::vector<std::size_t> result;
        for (int i = 0; i < 40; ++i)
            result.push_back(strike(rig, SimulatorFault::cut()).bytes.size());
        CHECK(rig.simulator.snapshots().size() == 40);
        return result;
    };
    auto const first = sizes();
    CHECK(std::set(first.begin(), first.end()).size() > 20);
    CHECK(sizes() == first);
}

TEST_CASE("a whole answer may be the connection's last, unannounced") {
    SimulatorRig rig;
    auto const seen = strike(rig, SimulatorFault::close_after());
    CHECK(seen.bytes.starts_with("HTTP/1.1 201 Created\r\n"));
    CHECK(seen.bytes.find("Connection: close") == std::string::npos);
    CHECK(seen.bytes.ends_with("\"names\":[]}"));
    CHECK(seen.end == End::closed);
    CHECK(strike(rig, announced(SimulatorFault::close_after())).end == End::announced);
}

TEST_CASE("connections have a last request where the options say so") {
    SimulatorOptions options = simulator_options();
    options.max_requests_per_connection = 3;
    SimulatorRig rig(options);
    auto const client = rig.connect();
    for (int i = 0; i < 3; ++i) {
        client->send(rig.create(0));
        CHECK(client->receive()->status == 201);
    }
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::closed);
}

TEST_CASE("rejected, by the API or by the load balancer") {
    SimulatorRig rig;
    SimulatorFault fault = SimulatorFault::reject(429, "slow down");
    fault.retry_after = 7s;
    rig.simulator.script(rig.ids[0], fault);
    auto const rejected = rig.ask(rig.create(0));
    CHECK(rejected.status == 429);
    CHECK(rejected.field("Retry-After") == "7");
    CHECK(rejected.body == R"({"code":429,"message":"slow down"})");
    for (int const status : {429, 502, 503, 504}) {
        rig.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::balancer(status));
        auto const response = rig.ask(rig.create(0));
        CHECK(response.status == status);
        CHECK(response.body.starts_with("<html>"));
        CHECK_FALSE(response.field("Retry-After"));
    }
    CHECK(rig.simulator.snapshots().empty());
}

TEST_CASE("a node that fails kills the sandbox") {
    SimulatorRig rig;
    rig.simulator.script(rig.ids[0], SimulatorFault::node_failure());
    auto const response = rig.ask(rig.create(0));
    CHECK(response.status == 500);
    CHECK(response.body == R"({"code":500,"message":"Error creating snapshot template"})");
    CHECK(rig.ask(rig.request("GET /sandboxes/" + rig.ids[0])).status == 404);
    CHECK(rig.simulator.snapshots().empty());
}

TEST_CASE("an answer that drips arrives whole") {
    SimulatorRig rig;
    auto const expected = whole_answer(rig).size();
    rig.simulator.script(rig.ids[0], SimulatorFault::drip(100us), 2);
    auto const client = rig.connect();
    for (int i = 0; i < 2; ++i) {
        client->send(rig.create(0));
        auto const response = client->receive();
        REQUIRE(response);
        CHECK(response->head.size() + response->body.size() == expected);
    }
}

TEST_CASE("an answer drips one byte each time its moment comes") {
    SimulatorOptions options = manual_options();
    options.latency = 0s;
    SimulatorRig rig(options);
    rig.simulator.script(rig.ids[0], SimulatorFault::drip(1s));
    auto const client = rig.connect();
    client->send(rig.create(0));
    std::string head = client->receive_bytes(1);
    for (int i = 0; i < 8; ++i) {
        rig.simulator.advance(1s);
        head += client->receive_bytes(1);
    }
    CHECK(head == "HTTP/1.1 ");
}

TEST_CASE("an answer that is held back comes when its time has come") {
    SimulatorOptions options = manual_options();
    options.latency = 0s;
    SimulatorRig rig(options);
    rig.simulator.script(rig.ids[0], SimulatorFault::delayed(60s));
    rig.simulator.script(rig.ids[0], SimulatorFault::delayed(76s));
    rig.simulator.script(rig.ids[0], SimulatorFault::hang());
    auto const client = rig.connect();
    for (int const status : {201, 502, 504}) {
        auto const made = rig.simulator.stats().snapshots;
        client->send(rig.create(0));
        REQUIRE(eventually([&] { return rig.simulator.stats().snapshots == made + 1; }));
        auto const answers = rig.simulator.stats().answers[2];
        rig.simulator.advance(50s);
        CHECK(rig.simulator.stats().answers[2] == answers);
        rig.simulator.advance(30s);
        CHECK(client->receive()->status == status);
    }
    CHECK(rig.simulator.snapshots().size() == 3);
}

TEST_CASE("a stalled request is never answered, and its connection stays until the client goes") {
    SimulatorOptions options = manual_options();
    options.latency = 0s;
    SimulatorRig rig(options);
    rig.simulator.script(rig.ids[0], SimulatorFault::stall());
    auto const client = rig.connect();
    client->send(rig.create(0));
    REQUIRE(eventually([&rig] { return rig.simulator.stats().snapshots == 1; }));
    rig.simulator.advance(24h);
    CHECK(rig.ask(rig.create(1)).status == 201); // a whole turn of the server later
    CHECK(rig.simulator.stats().answers[2] == 1);
    client->close();
    CHECK(eventually([&rig] { return rig.simulator.stats().connections_open == 0; }));
}

TEST_CASE("any bytes can take an answer's place") {
    SimulatorRig rig;
    SimulatorFault fault = SimulatorFault::raw("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{}");
    rig.simulator.script(rig.ids[0], fault);
    auto const client = rig.connect();
    client->send(rig.create(0));
    CHECK(client->receive_bytes(fault.text.size()) == fault.text);
    CHECK(rig.simulator.snapshots().size() == 1);
}

TEST_CASE("faults strike snapshots that take their time") {
    SimulatorRig rig(manual_options());
    rig.simulator.script(rig.ids[0], SimulatorFault::close());
    auto const client = rig.connect();
    client->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(4s);
    End end{};
    CHECK(client->receive_all(end).empty());
    CHECK(end == End::closed);
    CHECK(rig.simulator.snapshots().size() == 1);
}

TEST_CASE("disturbances strike by chance until they are cleared") {
    SimulatorRig rig;
    rig.simulator.disturb(1, SimulatorFault::reject(503));
    CHECK(rig.ask(rig.create(0)).status == 503);
    CHECK(rig.ask(rig.request("GET /snapshots")).status == 200);
    rig.simulator.disturb(1, SimulatorFault::reject(500), SimulatorEndpoint::list_snapshots);
    CHECK(rig.ask(rig.request("GET /snapshots")).status == 500);
    rig.simulator.clear_faults();
    CHECK(rig.ask(rig.create(0)).status == 201);
    CHECK(rig.ask(rig.request("GET /snapshots")).status == 200);
}
