// What the platform does, through the whole simulator: states, time, limits, its own functions.
#include "integration/simulator_rig.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <system_error>

using namespace e2b;
using namespace e2b::test;

TEST_CASE("each error has its status and is the API's JSON") {
    SimulatorRig rig;
    auto const create_of = [&rig](std::string const& id) {
        return rig.ask(rig.request("POST /sandboxes/" + id + "/snapshots", "{}"));
    };
    CHECK(rig.ask(rig.create(0, R"({"name":""})")).status == 400);
    CHECK(create_of("NOT-AN-ID").status == 400);
    CHECK(create_of("i0123456789abcdefghij").status == 404);
    auto const nothing = rig.ask(rig.request("GET /nothing"));
    CHECK(nothing.status == 404);
    CHECK(nothing.body == R"({"code":404,"message":"validation error: no matching operation was found"})");
    CHECK(rig.simulator.pause_sandbox(rig.ids[1]));
    CHECK(create_of(rig.ids[1]).status == 404);
    CHECK(rig.simulator.resume_sandbox(rig.ids[1]));
    CHECK(create_of(rig.ids[1]).status == 201);

    std::string other_key = rig.create(0);
    other_key.replace(other_key.find("e2b_"), 4, "e2c_");
    auto const unauthorized = rig.ask(other_key);
    CHECK(unauthorized.status == 401);
    CHECK(unauthorized.body == R"({"code":401,"message":"The API key is not known"})");

    rig.simulator.block_team(true);
    CHECK(rig.ask(rig.create(0)).status == 403);
    rig.simulator.block_team(false);
    CHECK(rig.ask(rig.create(0)).status == 201);
    CHECK(rig.simulator.snapshots().size() == 2);
}

TEST_CASE("keys are made like the platform's, or are the one that was given") {
    Simulator const made(simulator_options());
    CHECK(made.api_key().size() == 44);
    CHECK(made.api_key().starts_with("e2b_"));
    CHECK(made.api_key().find_first_not_of("0123456789abcdef", 4) == std::string::npos);
    SimulatorOptions options = simulator_options();
    options.api_key = "mine";
    CHECK(Simulator(options).api_key() == "mine");
}

TEST_CASE("a second caller waits and gets 409") {
    SimulatorRig rig(manual_options());
    auto const first = rig.connect();
    auto const second = rig.connect();
    first->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    second->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(2));
    rig.simulator.advance(4s);
    CHECK(first->receive()->status == 201);
    CHECK(second->receive()->status == 409);
    CHECK(rig.simulator.in_flight() == 0);
    second->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(4s);
    CHECK(second->receive()->status == 201);
}

TEST_CASE("a node's slots are taken: others queue, and get 503 after 15 s") {
    SimulatorOptions options = manual_options();
    options.latency = 10s;
    SimulatorRig rig(options);
    std::vector<std::unique_ptr<TlsClient>> clients;
    for (std::size_t i = 0; i < 7; ++i) {
        clients.push_back(rig.connect());
        clients.back()->send(rig.create(i));
        REQUIRE(rig.simulator.wait_for_in_flight(i + 1)); // one after the other, as the queue's order counts
    }
    rig.simulator.advance(10s);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(clients[i]->receive()->status == 201);
    rig.simulator.advance(5s);
    auto const refused = clients[6]->receive();
    CHECK(refused->status == 503);
    CHECK(refused->body.starts_with(R"({"code":503,"message":)"));
    CHECK_FALSE(refused->field("Retry-After"));
    rig.simulator.advance(5s);
    for (std::size_t i = 3; i < 6; ++i)
        CHECK(clients[i]->receive()->status == 201);
    CHECK(rig.simulator.snapshots().size() == 6);
}

TEST_CASE("the limiter answers 429 with its fields") {
    SimulatorOptions options = manual_options();
    options.latency = 0s;
    options.rate_limit = 1;
    options.rate_window = 2s;
    SimulatorRig rig(options);
    auto const client = rig.connect();
    client->send(rig.create(0));
    CHECK(client->receive()->field("RateLimit-Remaining") == "0");
    client->send(rig.create(0));
    auto const refused = client->receive();
    CHECK(refused->status == 429);
    CHECK(refused->field("Retry-After") == "2");
    CHECK(refused->field("RateLimit-Limit") == "1");
    CHECK(refused->field("RateLimit-Reset") == "2");
    rig.simulator.advance(2s);
    client->send(rig.create(0));
    CHECK(client->receive()->status == 201);
}

TEST_CASE("hanging up cancels the snapshot, and loses the machine that stood still for it") {
    for (bool const in_place : {false, true}) {
        SimulatorOptions options = manual_options();
        options.in_place_checkpoint = in_place;
        SimulatorRig rig(options);
        for (std::size_t const sandbox : {0U, 1U}) {
            auto const client = rig.connect();
            client->send(rig.create(sandbox));
            REQUIRE(rig.simulator.wait_for_in_flight(1));
            client->close(sandbox == 0);
            REQUIRE(rig.simulator.wait_for_in_flight(0));
        }
        CHECK(rig.simulator.stats().snapshots_cancelled == 2);
        rig.simulator.advance(10s);
        CHECK(rig.simulator.snapshots().empty());

        // The platform says in both cases that they run.
        for (std::size_t const sandbox : {0U, 1U}) {
            auto const shown = rig.ask(rig.request("GET /sandboxes/" + rig.ids[sandbox]));
            CHECK(shown.status == 200);
            CHECK(shown.body.find("\"state\":\"running\"") != std::string::npos);
            CHECK(rig.simulator.is_alive(rig.ids[sandbox]) == in_place);
        }
        CHECK(rig.simulator.is_alive(rig.ids[2]));
        CHECK_FALSE(rig.simulator.is_alive("nobody"));
        CHECK(rig.simulator.lost_sandboxes() ==
              (in_place ? std::vector<std::string>() : std::vector(rig.ids.begin(), rig.ids.begin() + 2)));
        CHECK(rig.simulator.stats().sandboxes_lost == (in_place ? 0 : 2));

        auto const again = rig.connect();
        again->send(rig.create(0));
        if (in_place) {
            REQUIRE(rig.simulator.wait_for_in_flight(1));
            rig.simulator.advance(4s);
        }
        CHECK(again->receive()->status == (in_place ? 201 : 500));
        CHECK(rig.ask(rig.request("GET /sandboxes/" + rig.ids[0])).status == (in_place ? 200 : 404));
        CHECK(rig.simulator.lost_sandboxes().size() == (in_place ? 0 : 1));
    }
}

TEST_CASE("where hanging up cancels nothing, the snapshot is made all the same") {
    SimulatorOptions options = manual_options();
    options.cancel_on_hang_up = false;
    SimulatorRig rig(options);
    auto const client = rig.connect();
    client->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    client->close();
    REQUIRE(eventually([&rig] { return rig.simulator.stats().connections_open == 0; }));
    CHECK(rig.simulator.in_flight() == 1);
    rig.simulator.advance(4s);
    CHECK(rig.simulator.snapshots().size() == 1);
}

TEST_CASE("the server gives up a request after 70 s") {
    SimulatorOptions options = manual_options();
    options.latency = 100s;
    SimulatorRig rig(options);
    auto const client = rig.connect();
    client->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(70s - 1ns);
    CHECK(rig.simulator.in_flight() == 1);
    rig.simulator.advance(1ns);
    auto const response = client->receive();
    CHECK(response->status == 500);
    CHECK(response->body == R"({"code":500,"message":"Error creating snapshot template"})");
    CHECK(rig.simulator.snapshots().empty());
    CHECK(rig.simulator.lost_sandboxes() == std::vector{rig.ids[0]});
}

TEST_CASE("a load balancer with less patience than the server hangs up on it") {
    for (bool const cancels : {true, false}) {
        SimulatorOptions options = manual_options();
        options.balancer_timeout = 3s;
        options.cancel_on_hang_up = cancels;
        SimulatorRig rig(options);
        auto const client = rig.connect();
        client->send(rig.create(0));
        REQUIRE(rig.simulator.wait_for_in_flight(1));
        rig.simulator.advance(3s);
        auto const response = client->receive();
        CHECK(response->status == 504);
        CHECK(response->field("Content-Type") == "text/html; charset=UTF-8");
        CHECK(rig.simulator.in_flight() == (cancels ? 0 : 1));
        rig.simulator.advance(1s);
        CHECK(rig.simulator.snapshots().size() == (cancels ? 0 : 1));
    }
}

TEST_CASE("an answer that is decided in time is sent though the clock has leapt past the patience") {
    SimulatorOptions options = manual_options();
    options.balancer_timeout = 5s;
    SimulatorRig rig(options);
    auto const client = rig.connect();
    client->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    rig.simulator.advance(1h);
    CHECK(client->receive()->status == 201);
}

TEST_CASE("sandboxes and templates can be added, paused and killed") {
    SimulatorRig rig(manual_options());
    std::string const id = rig.simulator.add_sandbox("mine", {{"owner", "me"}});
    CHECK(id == "mine");
    CHECK(rig.simulator.sandbox_ids().back() == "mine");
    CHECK_THROWS_AS(rig.simulator.add_sandbox("mine"), std::invalid_argument);
    CHECK_THROWS_AS(rig.simulator.add_sandbox("No"), std::invalid_argument);
    std::string const other = rig.simulator.add_sandbox();
    CHECK(other.size() == 21);
    auto const listed = rig.ask(rig.request("GET /v2/sandboxes?metadata=owner%3Dme"));
    CHECK(listed.body.find("\"sandboxID\":\"mine\"") != std::string::npos);
    CHECK(listed.field("X-Total-Running") == "1");

    rig.simulator.add_template("web");
    CHECK_THROWS_AS(rig.simulator.add_template("web"), std::invalid_argument);
    CHECK_THROWS_AS(rig.simulator.add_template("a:b"), std::invalid_argument);
    CHECK_THROWS_AS(rig.simulator.add_template(""), std::invalid_argument);

    CHECK_FALSE(rig.simulator.resume_sandbox("mine"));
    CHECK(rig.simulator.pause_sandbox("mine"));
    CHECK(rig.simulator.resume_sandbox("mine"));
    CHECK(rig.simulator.outdate_sandbox("mine"));
    CHECK(rig.ask(rig.request("POST /sandboxes/mine/snapshots", "{}")).status == 400);
    CHECK(rig.simulator.kill_sandbox("mine"));
    CHECK_FALSE(rig.simulator.kill_sandbox("mine"));
    CHECK_FALSE(rig.simulator.outdate_sandbox("mine"));
    CHECK_FALSE(rig.simulator.pause_sandbox("nobody"));
    auto const ids = rig.simulator.sandbox_ids();
    CHECK(std::find(ids.begin(), ids.end(), "mine") == ids.end());
}

TEST_CASE("killing a sandbox or its node fails the snapshot in flight") {
    SimulatorRig rig(manual_options());
    auto const first = rig.connect();
    auto const second = rig.connect();
    first->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    second->send(rig.create(1));
    REQUIRE(rig.simulator.wait_for_in_flight(2));
    CHECK(rig.simulator.kill_sandbox(rig.ids[0]));
    CHECK(first->receive()->status == 500);
    rig.simulator.fail_node(0);
    CHECK(second->receive()->status == 500);
    CHECK(rig.simulator.sandbox_ids().empty());
    CHECK(rig.ask(rig.request("GET /sandboxes/" + rig.ids[1])).status == 404);
}

TEST_CASE("latency can be changed, for one and for all") {
    SimulatorRig rig(manual_options());
    CHECK(rig.simulator.set_latency(rig.ids[0], 1s));
    CHECK_FALSE(rig.simulator.set_latency("nobody", 1s));
    CHECK_THROWS_AS(rig.simulator.set_latency(-1s), std::invalid_argument);
    rig.simulator.set_latency(2s);
    auto const first = rig.connect();
    first->send(rig.create(0));
    REQUIRE(rig.simulator.wait_for_in_flight(1));
    auto const second = rig.connect();
    second->send(rig.create(1));
    REQUIRE(rig.simulator.wait_for_in_flight(2));
    rig.simulator.advance(1s);
    CHECK(first->receive()->status == 201);
    CHECK(rig.simulator.in_flight() == 1);
    rig.simulator.advance(1s);
    CHECK(second->receive()->status == 201);
}

TEST_CASE("on the real clock a snapshot takes at least its latency") {
    SimulatorOptions options = simulator_options();
    options.latency = 30ms;
    SimulatorRig rig(options);
    CHECK(rig.ask(rig.create(0)).status == 201);
    auto const records = rig.simulator.snapshots();
    REQUIRE(records.size() == 1);
    CHECK(records[0].finished_at - records[0].started_at >= 30ms);
}

TEST_CASE("the ledger can be followed while it grows") {
    SimulatorOptions options = simulator_options();
    std::atomic<int> told = 0;
    options.on_snapshot = [&told](SimulatedSnapshot const& record) {
        CHECK_FALSE(record.snapshot_id.empty());
        ++told;
    };
    SimulatorRig rig(options);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(rig.ask(rig.create(i)).status == 201);
        CHECK(told == static_cast<int>(i + 1)); // before the answer
    }
    CHECK(rig.simulator.stats().snapshots == 3);
}

TEST_CASE("the whole life of a snapshot") {
    SimulatorRig rig;
    auto const client = rig.connect();
    auto const ask = [&](std::string const& text) {
        client->send(text);
        auto response = client->receive();
        REQUIRE(response);
        return *response;
    };
    CHECK(ask(rig.create(0, R"({"name":"mine"})")).status == 201);
    CHECK(ask(rig.request("GET /snapshots?sandboxID=" + rig.ids[0])).body ==
          R"([{"snapshotID":"team-sim/mine:default","names":["team-sim/mine"]}])");
    auto const made =
        ask(rig.request("POST /sandboxes", R"({"templateID":"team-sim/mine:default","timeout":60})"));
    CHECK(made.status == 201);
    auto const start = made.body.find("\"sandboxID\":\"") + 13;
    std::string const id = made.body.substr(start, 21);
    CHECK(ask(rig.request("GET /sandboxes/" + id)).status == 200);
    CHECK(ask(rig.request("POST /sandboxes/" + id + "/pause")).status == 204);
    CHECK(ask(rig.request("DELETE /templates/team-sim%2Fmine%3Adefault")).status == 400);
    CHECK(ask(rig.request("DELETE /sandboxes/" + id)).status == 204);
    CHECK(ask(rig.request("DELETE /templates/team-sim%2Fmine%3Adefault")).status == 204);
    CHECK(ask(rig.request("GET /snapshots")).body == "[]");
}

TEST_CASE("options are checked, and the option is named") {
    auto const refused = [](auto change) {
        SimulatorOptions options = simulator_options();
        change(options);
        try {
            Simulator const simulator(options);
        } catch (std::invalid_argument const& error) {
            return std::string(error.what()).starts_with("SimulatorOptions");
        }
        return false;
    };
    CHECK(refused([](auto& o) { o.threads = 0; }));
    CHECK(refused([](auto& o) { o.threads = 65; }));
    CHECK(refused([](auto& o) { o.api_key = "a b"; }));
    CHECK(refused([](auto& o) { o.team = "a/b"; }));
    CHECK(refused([](auto& o) { o.team = "Team"; }));
    CHECK(refused([](auto& o) { o.team = ""; }));
    CHECK(refused([](auto& o) { o.sandboxes = 1'000'001; }));
    CHECK(refused([](auto& o) { o.nodes = 0; }));
    CHECK(refused([](auto& o) { o.latency = -1ns; }));
    CHECK(refused([](auto& o) { o.latency = std::chrono::nanoseconds::max(); }));
    CHECK(refused([](auto& o) { o.request_timeout = -1ns; }));
    CHECK(refused([](auto& o) { o.status_delay = -1ns; }));
    CHECK(refused([](auto& o) { o.rate_window = 0ns; }));
    CHECK(refused([](auto& o) { o.keep_alive = 0ns; }));
    CHECK(refused([](auto& o) { o.rate_limit = 1001, o.rate_window = 1000ns; }));
    CHECK(refused([](auto& o) { o.address = "localhost"; }));
    SimulatorOptions taken = simulator_options();
    Simulator const simulator(taken);
    taken.port = simulator.port();
    CHECK_THROWS_AS(Simulator(taken), std::system_error);
    CHECK_THROWS_AS(Simulator(simulator_options()).advance(1s), std::logic_error);
    CHECK_THROWS_AS(Simulator(manual_options()).advance(-1s), std::invalid_argument);
}
