#include "simulator/node_set.hpp"
#include "unit/simulator/platform_rig.hpp"

#include <map>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

TEST_CASE("sandboxes are spread by the nodes' weights, in every part of the list", "[simulator]") {
    auto options = platform_options(0, 3);
    options.node_weights = {2, 0, 1};
    NodeSet nodes(options);
    std::map<std::uint32_t, int> placed;
    for (int i = 0; i < 30; ++i) {
        ++placed[nodes.place()];
        CHECK(placed[0] >= 2 * placed[2] - 2);
        CHECK(placed[0] <= 2 * placed[2] + 2);
    }
    CHECK(placed == std::map<std::uint32_t, int>{{0, 20}, {2, 10}});
}

TEST_CASE("without weights sandboxes are spread evenly", "[simulator]") {
    NodeSet nodes(platform_options(0, 3));
    for (std::uint32_t i = 0; i < 9; ++i)
        CHECK(nodes.place() == i % 3);
}

TEST_CASE("a node that drains refuses what comes, and goes on with what it has", "[simulator]") {
    auto options = platform_options(4, 2);
    options.slots_per_node = 1;
    options.drains = {SimulatorDrain(0, 1s, 5s)};
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(2); // waits for the slot
    rig.advance(2s);
    PlatformRig late(options);
    late.advance(2s);
    late.ask(0);
    late.ask(1);
    CHECK(late.decision(0) == Kind::busy);
    CHECK_FALSE(late.decision(1));
    rig.advance(10s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decision(1) == Kind::created);
    late.advance(10s);
    late.ask(0);
    late.advance(10s);
    CHECK(late.decision(2) == Kind::created);
}

TEST_CASE("a node can be told to drain", "[simulator]") {
    PlatformRig rig(platform_options(1, 1));
    rig.platform.drain_node(0, rig.now, 3s);
    rig.ask(0);
    CHECK(rig.decision(0) == Kind::busy);
    rig.advance(3s);
    rig.ask(0);
    CHECK_FALSE(rig.decision(1));
}

TEST_CASE("a share of the sandboxes is slow", "[simulator]") {
    auto options = platform_options(1000);
    options.slow_share = 0.1;
    options.slow_latency = 60s;
    PlatformRig const rig(options);
    int slow = 0;
    for (SandboxIndex i = 0; i < 1000; ++i)
        slow += rig.platform.sandboxes()[i].latency == 60s ? 1 : 0;
    CHECK(slow > 70);
    CHECK(slow < 130);
}
