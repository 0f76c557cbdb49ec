#include "simulator/fault_plan.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <stdexcept>

using namespace std::chrono_literals;
using namespace e2b;
using namespace e2b::sim;

namespace {

constexpr SimulatorEndpoint create = SimulatorEndpoint::create_snapshot;

// The status of the fault that strikes next; 0 for none.
int next(FaultPlan& plan, std::string_view sandbox = {}, SimulatorEndpoint endpoint = create) {
    Strike const strike = plan.next(endpoint, sandbox);
    return strike ? strike.fault->status : 0;
}

} // namespace

TEST_CASE("scripts follow one another, each as often as it says") {
    FaultPlan plan(1);
    plan.script("a", SimulatorFault::reject(500), 2);
    plan.script("a", SimulatorFault::reject(503), 1);
    plan.script("a", SimulatorFault::reject(404), 0);
    CHECK(next(plan, "b") == 0);
    CHECK(next(plan, "a") == 500);
    CHECK(next(plan, "a") == 500);
    CHECK(next(plan, "a") == 503);
    CHECK(next(plan, "a") == 0);
}

TEST_CASE("a sandbox's script goes before its endpoint's, and that before disturbances") {
    FaultPlan plan(1);
    plan.disturb(1, SimulatorFault::reject(500), create);
    plan.script(create, SimulatorFault::reject(502), 1);
    plan.script("a", SimulatorFault::reject(503), 1);
    CHECK(next(plan, "a") == 503);
    CHECK(next(plan, "a", SimulatorEndpoint::list_snapshots) == 0);
    CHECK(next(plan, "a") == 502);
    CHECK(next(plan, "a") == 500);
    CHECK(next(plan) == 500);
    plan.script("a", SimulatorFault::reject(503), 1);
    plan.script(create, SimulatorFault::reject(502), 1);
    plan.clear();
    CHECK(next(plan, "a") == 0);
}

TEST_CASE("disturbances strike with their probability, each those that the ones before spared") {
    FaultPlan plan(7);
    plan.disturb(0.25, SimulatorFault::reject(500), create);
    plan.disturb(0.5, SimulatorFault::reject(503), create);
    plan.disturb(0, SimulatorFault::reject(404), create);
    int first = 0;
    int second = 0;
    int none = 0;
    constexpr int total = 20'000;
    for (int i = 0; i < total; ++i) {
        int const status = next(plan, "a");
        first += status == 500 ? 1 : 0;
        second += status == 503 ? 1 : 0;
        none += status == 0 ? 1 : 0;
    }
    CHECK(first + second + none == total);
    // Seven standard deviations on either side; and the seed is fixed.
    CHECK(std::abs(first - total / 4) < 450);
    CHECK(std::abs(second - total * 3 / 8) < 500);
}

TEST_CASE("the same seed strikes the same requests") {
    auto const run = [](std::uint64_t seed) {
        FaultPlan plan(seed);
        plan.disturb(0.5, SimulatorFault::cut(), create);
        std::vector<std::uint64_t> chances;
        for (int i = 0; i < 100; ++i)
            chances.push_back(plan.next(create, "a").chance);
        return chances;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("faults outside their range are refused") {
    FaultPlan plan(1);
    CHECK_THROWS_AS(plan.script("a", SimulatorFault::reject(399), 1), std::invalid_argument);
    CHECK_THROWS_AS(plan.script(create, SimulatorFault::balancer(600), 1), std::invalid_argument);
    CHECK_THROWS_AS(plan.script("a", SimulatorFault::reject(200), 0), std::invalid_argument);
    CHECK_THROWS_AS(plan.disturb(0.5, SimulatorFault::delayed(-1ns), create), std::invalid_argument);
    CHECK_THROWS_AS(plan.disturb(0.5, SimulatorFault::drip(std::chrono::hours(24 * 366)), create),
                    std::invalid_argument);
    CHECK_THROWS_AS(plan.disturb(-0.1, SimulatorFault::close(), create), std::invalid_argument);
    CHECK_THROWS_AS(plan.disturb(1.1, SimulatorFault::close(), create), std::invalid_argument);
    CHECK_THROWS_AS(plan.disturb(std::nan(""), SimulatorFault::close(), create), std::invalid_argument);
    CHECK_NOTHROW(plan.script("a", SimulatorFault::reject(400), 1));
    CHECK_NOTHROW(plan.script("a", SimulatorFault::balancer(599), 1));
}
