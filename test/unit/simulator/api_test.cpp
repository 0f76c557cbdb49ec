#include "unit/simulator/api_rig.hpp"

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

TEST_CASE("unknown paths and methods are not found") {
    ApiRig rig;
    std::string const sandbox = "/sandboxes/" + rig.id(0);
    std::pair<std::string, std::string> const requests[] = {
        {"GET", "/"},
        {"GET", "/sandboxes"},
        {"POST", "/snapshots"},
        {"PUT", "/v2/sandboxes"},
        {"POST", "/v2/sandboxes/x"},
        {"DELETE", "/v2/sandboxes"},
        {"PUT", sandbox},
        {"GET", sandbox + "/snapshots"},
        {"POST", sandbox + "/snapshots/x"},
        {"POST", sandbox},
        {"GET", sandbox + "/pause"},
        {"POST", "/templates/x"},
        {"DELETE", "/templates/a/b"},
        {"GET", "/templates/tags/x"},
        {"GET", "/templates/tags/"},
        {"PUT", "/templates/tags"},
        {"POST", "/templates/a/tags"},
        {"GET", "/templates/aliases/a/b"},
        {"POST", "/templates/aliases/a"},
        {"DELETE", "/templates"},
        {"GET", "/snapshotsx"},
        {"POST", "/sandboxesx"},
        {"HEAD", "/snapshots"},
    };
    rig.key.reset(); // and nobody asks for a key
    for (auto const& [method, target] : requests) {
        INFO(method << " " << target);
        Answer const answer = rig.ask(method, target, "{}");
        CHECK(answer.reply.status == 404);
        bool const is_other_method = target == "/v2/sandboxes";
        CHECK(json(answer).at("message") == (is_other_method
                                                 ? "validation error: method not allowed"
                                                 : "validation error: no matching operation was found"));
        CHECK(answer.reply.fields.empty());
    }
    CHECK(rig.api.requests(SimulatorEndpoint::other) == std::size(requests));
}

TEST_CASE("without the right key nothing is served, and nothing counted") {
    ApiRig rig;
    for (auto const& key : {std::optional<std::string>(), std::optional<std::string>(""),
                            std::optional<std::string>("e2b_wrong"), std::optional<std::string>("e2b_right0"),
                            std::optional<std::string>("e2b_righ")}) {
        rig.key = key;
        CHECK(is_error(rig.snapshot(0), 401));
        CHECK(is_error(rig.ask("GET", "/snapshots"), 401));
    }
    CHECK(rig.api.requests(SimulatorEndpoint::create_snapshot) == 0);
    CHECK(rig.api.platform().sandboxes()[0].requests == 0);
    CHECK(rig.api.records().empty());
}

TEST_CASE("a blocked team is refused everything") {
    ApiRig rig;
    rig.api.block_team(true);
    CHECK(is_error(rig.snapshot(0), 403));
    CHECK(is_error(rig.ask("GET", "/v2/sandboxes"), 403));
    rig.api.block_team(false);
    CHECK(rig.snapshot(0).reply.status == 201);
    CHECK(rig.api.platform().sandboxes()[0].requests == 2);
}

TEST_CASE("the limiter says what is left, and when to come again") {
    SimulatorOptions options = api_options();
    options.rate_limit = 2;
    options.rate_window = 20s;
    ApiRig rig(options);
    Answer const first = rig.snapshot(0);
    CHECK(first.reply.status == 201);
    CHECK(field(first, "RateLimit-Limit") == "2");
    CHECK(field(first, "RateLimit-Remaining") == "1");
    CHECK(field(first, "RateLimit-Reset") == "10");
    CHECK_FALSE(field(first, "Retry-After"));
    CHECK(field(rig.ask("GET", "/snapshots"), "RateLimit-Remaining") == "0");
    Answer const refused = rig.snapshot(0);
    CHECK(is_error(refused, 429));
    CHECK(field(refused, "Retry-After") == "10");
    CHECK(field(refused, "RateLimit-Remaining") == "0");
    CHECK(field(refused, "RateLimit-Reset") == "20");
    CHECK(rig.api.records().size() == 1);
    CHECK(rig.api.platform().sandboxes()[0].requests == 2);
    rig.advance(10s);
    CHECK(rig.snapshot(0).reply.status == 201);
}

TEST_CASE("without a limit nothing is said of one") {
    ApiRig rig;
    CHECK_FALSE(field(rig.snapshot(0), "RateLimit-Limit"));
}

TEST_CASE("an answer that comes later has the limiter's fields of its request") {
    SimulatorOptions options = api_options();
    options.rate_limit = 5;
    options.latency = 1s;
    ApiRig rig(options);
    rig.begin(1, 0);
    rig.begin(2, 1);
    rig.advance(1s);
    CHECK(field(rig.answers.at(1), "RateLimit-Remaining") == "4");
    CHECK(field(rig.answers.at(2), "RateLimit-Remaining") == "3");
}

TEST_CASE("every answer says what the logs know the request by, each something else") {
    SimulatorOptions options = api_options();
    options.latency = 1s;
    ApiRig rig(options);
    auto const first = field(rig.ask("GET", "/snapshots"), "X-E2B-Trace-ID");
    rig.begin(1, 0);
    rig.advance(1s);
    auto const second = field(rig.answers.at(1), "X-E2B-Trace-ID");
    rig.key = "wrong";
    auto const third = field(rig.snapshot(0), "X-E2B-Trace-ID");
    for (auto const& each : {first, second, third}) {
        REQUIRE(each);
        CHECK(each->size() == 32);
    }
    CHECK(first != second);
    CHECK(second != third);
}

TEST_CASE("requests are counted by their kind") {
    ApiRig rig;
    rig.snapshot(0);
    rig.snapshot(0, "broken");
    rig.ask("POST", "/sandboxes/" + rig.id(0) + "-6532622b/snapshots", "{}");
    rig.ask("GET", "/sandboxes/" + rig.id(0));
    rig.ask("GET", "/snapshots");
    rig.ask("GET", "/v2/sandboxes");
    rig.ask("POST", "/sandboxes", "{}");
    rig.ask("DELETE", "/templates/x");
    rig.ask("GET", "/templates/x");
    rig.ask("GET", "/templates/x/tags");
    rig.ask("GET", "/templates/aliases/x");
    rig.ask("POST", "/templates/tags", "{}");
    rig.ask("DELETE", "/templates/tags", "{}");
    rig.ask("POST", "/sandboxes/" + rig.id(1) + "/pause");
    rig.ask("DELETE", "/sandboxes/" + rig.id(1));
    CHECK(rig.api.requests(SimulatorEndpoint::create_snapshot) == 3);
    CHECK(rig.api.platform().sandboxes()[0].requests == 3);
    for (auto const endpoint :
         {SimulatorEndpoint::get_sandbox, SimulatorEndpoint::list_snapshots,
          SimulatorEndpoint::list_sandboxes, SimulatorEndpoint::create_sandbox,
          SimulatorEndpoint::delete_template, SimulatorEndpoint::get_template, SimulatorEndpoint::list_tags,
          SimulatorEndpoint::find_alias, SimulatorEndpoint::add_tags, SimulatorEndpoint::remove_tags,
          SimulatorEndpoint::pause_sandbox, SimulatorEndpoint::kill_sandbox})
        CHECK(rig.api.requests(endpoint) == 1);
    CHECK(rig.api.requests(SimulatorEndpoint::other) == 0);
}
