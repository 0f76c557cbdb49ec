#include "unit/simulator/api_rig.hpp"

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

constexpr SimulatorEndpoint create = SimulatorEndpoint::create_snapshot;

SimulatorOptions slow_options() {
    SimulatorOptions options = api_options();
    options.latency = 4s;
    return options;
}

} // namespace

TEST_CASE("a rejected request does nothing and is told the status, the message and when to come again") {
    ApiRig rig;
    SimulatorFault fault = SimulatorFault::reject(429, "slow down");
    fault.retry_after = 3s;
    rig.api.faults().script(rig.id(0), fault, 1);
    Answer const answer = rig.snapshot(0);
    CHECK(is_error(answer, 429));
    CHECK(json(answer).at("message") == "slow down");
    CHECK(field(answer, "Retry-After") == "3");
    CHECK(rig.api.records().empty());
    CHECK(rig.api.faults_struck() == 1);
    CHECK(rig.snapshot(0).reply.status == 201);
    CHECK(rig.api.faults_struck() == 1);

    rig.api.faults().script(create, SimulatorFault::reject(503), 1);
    CHECK(is_error(rig.snapshot(0), 503));
}

TEST_CASE("faults before the work leave it undone, those after it don't") {
    for (auto const& fault :
         {SimulatorFault::close(), SimulatorFault::reset(), SimulatorFault::hang(), SimulatorFault::stall(),
          SimulatorFault::raw("x"), SimulatorFault::cut(), SimulatorFault::cut_reset(),
          SimulatorFault::close_after(), SimulatorFault::drip(1ms), SimulatorFault::delayed(1s)}) {
        ApiRig rig;
        rig.api.faults().script(create, fault, 1);
        Answer const answer = rig.snapshot(0);
        CHECK(answer.reply.status == 201);
        CHECK(answer.strike.fault->kind == fault.kind);
        CHECK(rig.api.records().size() == 1);
    }
    for (auto const& fault : {SimulatorFault::close(SimulatorFault::Moment::before),
                              SimulatorFault::reset(SimulatorFault::Moment::before),
                              SimulatorFault::hang(SimulatorFault::Moment::before),
                              SimulatorFault::stall(SimulatorFault::Moment::before),
                              SimulatorFault::raw("x", SimulatorFault::Moment::before),
                              SimulatorFault::reject(500), SimulatorFault::balancer(502)}) {
        ApiRig rig;
        rig.api.faults().script(create, fault, 1);
        CHECK(rig.snapshot(0).reply.status >= 500);
        CHECK(rig.api.records().empty());
    }
}

TEST_CASE("an error can hide work that was done") {
    ApiRig rig;
    SimulatorFault fault = SimulatorFault::balancer(502);
    fault.moment = SimulatorFault::Moment::after;
    rig.api.faults().script(create, fault, 1);
    Answer const answer = rig.snapshot(0);
    CHECK(answer.reply.status == 502);
    CHECK(answer.reply.content_type.substr(0, 9) == "text/html");
    CHECK(rig.api.records().size() == 1);
}

TEST_CASE("a fault waits for the snapshot that it strikes") {
    ApiRig rig(slow_options());
    SimulatorFault fault = SimulatorFault::reject(500);
    fault.moment = SimulatorFault::Moment::after;
    rig.api.faults().script(create, fault, 1);
    rig.api.faults().script(create, SimulatorFault::close(), 1);
    rig.begin(1, 0);
    rig.begin(2, 1);
    rig.advance(4s);
    CHECK(is_error(rig.answers.at(1), 500));
    CHECK(rig.answers.at(2).strike.fault->kind == SimulatorFault::Kind::close);
    CHECK(rig.api.records().size() == 2);
}

TEST_CASE("a node that fails kills the sandbox, and the answer does not say so") {
    ApiRig rig(slow_options());
    rig.api.faults().script(rig.id(0), SimulatorFault::node_failure(), 1);
    rig.begin(1, 0);
    CHECK(json(rig.ask("GET", "/sandboxes/" + rig.id(0))).at("state") == "running");
    rig.advance(4s);
    CHECK(is_error(rig.answers.at(1), 500));
    CHECK(json(rig.answers.at(1)).at("message") == "Error creating snapshot template");
    CHECK(is_error(rig.ask("GET", "/sandboxes/" + rig.id(0)), 404));
    CHECK(rig.api.records().empty());
}

TEST_CASE("every endpoint can be struck") {
    ApiRig rig;
    for (auto const endpoint : {SimulatorEndpoint::list_snapshots, SimulatorEndpoint::delete_template,
                                SimulatorEndpoint::list_sandboxes, SimulatorEndpoint::get_sandbox,
                                SimulatorEndpoint::create_sandbox, SimulatorEndpoint::pause_sandbox,
                                SimulatorEndpoint::kill_sandbox, SimulatorEndpoint::create_snapshot})
        rig.api.faults().script(endpoint, SimulatorFault::reject(500), 1);
    std::string const sandbox = "/sandboxes/" + rig.id(0);
    Answer const listed = rig.ask("GET", "/snapshots");
    CHECK(is_error(listed, 500));
    CHECK(json(listed).at("message") == "Internal server error"); // nothing of a snapshot
    CHECK(is_error(rig.ask("DELETE", "/templates/x"), 500));
    CHECK(is_error(rig.ask("GET", "/v2/sandboxes"), 500));
    CHECK(is_error(rig.ask("GET", sandbox), 500));
    CHECK(is_error(rig.ask("POST", "/sandboxes", "{}"), 500));
    CHECK(is_error(rig.ask("POST", sandbox + "/pause"), 500));
    CHECK(is_error(rig.ask("DELETE", sandbox), 500));
    CHECK(is_error(rig.snapshot(0), 500));
    CHECK(rig.snapshot(0).reply.status == 201);
    CHECK(rig.api.faults_struck() == 8);
}

TEST_CASE("a sandbox's script strikes its snapshots under its old id as well, and nothing else of it") {
    ApiRig rig;
    rig.api.faults().script(rig.id(0), SimulatorFault::reject(500), 1);
    CHECK(rig.ask("GET", "/sandboxes/" + rig.id(0)).reply.status == 200);
    CHECK(is_error(rig.ask("POST", "/sandboxes/" + rig.id(0) + "-6532622b/snapshots", "{}"), 500));
}

TEST_CASE("those without the right key, and those over the limit, use no script up") {
    SimulatorOptions options = api_options();
    options.rate_limit = 1;
    ApiRig rig(options);
    rig.api.faults().script(create, SimulatorFault::reject(500), 1);
    rig.key = "wrong";
    CHECK(is_error(rig.snapshot(0), 401));
    rig.key = options.api_key;
    CHECK(is_error(rig.snapshot(0), 500));
    rig.api.faults().script(create, SimulatorFault::reject(500), 1);
    CHECK(is_error(rig.snapshot(0), 429));
    rig.advance(1s);
    CHECK(is_error(rig.snapshot(0), 500));
}
