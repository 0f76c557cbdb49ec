#include "unit/simulator/platform_rig.hpp"

#include <algorithm>
#include <random>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

TEST_CASE("without latency a snapshot is decided at once and leaves nothing behind") {
    SimulatorOptions options = platform_options();
    options.latency = 0s;
    PlatformRig rig(options);
    rig.ask(0);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.state(0) == SandboxState::running);
    CHECK(rig.platform.in_flight() == 0);
    CHECK_FALSE(rig.platform.next_due());
    REQUIRE(rig.made.size() == 1);
    CHECK(rig.made[0].sandbox == 0);
    CHECK(rig.made[0].started_at == rig.made[0].finished_at);
}

TEST_CASE("with latency a sandbox is snapshotting until the time has come") {
    PlatformRig rig;
    rig.advance(1s);
    rig.ask(0);
    CHECK(rig.state(0) == SandboxState::snapshotting);
    CHECK(rig.platform.in_flight() == 1);
    CHECK(rig.platform.next_due() == 5s);
    rig.advance(4s - 1ns);
    CHECK_FALSE(rig.decision(0));
    CHECK(rig.made.empty());
    rig.advance(1ns);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decided_at(0) == 5s);
    CHECK(rig.state(0) == SandboxState::running);
    CHECK(rig.platform.in_flight() == 0);
    REQUIRE(rig.made.size() == 1);
    CHECK(rig.made[0].started_at == 1s);
    CHECK(rig.made[0].finished_at == 5s);
}

TEST_CASE("what is due happens at its own time, however far the clock moves") {
    PlatformRig rig;
    rig.ask(0);
    rig.advance(1s);
    rig.ask(1);
    rig.advance(1h);
    CHECK(rig.decided_at(0) == 4s);
    CHECK(rig.decided_at(1) == 5s);
    CHECK(rig.made[1].finished_at == 5s);
}

TEST_CASE("a sandbox's own latency goes before everybody's") {
    PlatformRig rig;
    rig.platform.sandboxes()[0].latency = 1s;
    rig.platform.set_latency(2s);
    rig.ask(0);
    rig.ask(1);
    rig.advance(1s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK_FALSE(rig.decision(1));
    rig.advance(1s);
    CHECK(rig.decision(1) == Kind::created);
}

TEST_CASE("latencies spread over their range, the same for the same seed") {
    SimulatorOptions options = platform_options(200);
    options.latency_spread = 1s;
    auto const ends = [&options] {
        PlatformRig rig(options);
        for (SandboxIndex i = 0; i < 200; ++i)
            rig.ask(i);
        rig.advance(1min);
        std::vector<Instant> result;
        for (std::uint64_t i = 0; i < 200; ++i)
            result.push_back(rig.decided_at(i));
        return result;
    };
    auto const first = ends();
    auto const [least, most] = std::minmax_element(first.begin(), first.end());
    CHECK(*least >= 4s);
    CHECK(*least < 4100ms);
    CHECK(*most <= 5s);
    CHECK(*most > 4900ms);
    CHECK(ends() == first);
    options.seed = 2;
    CHECK(ends() != first);
}

TEST_CASE("a second caller waits for the first and is told of the conflict") {
    PlatformRig rig;
    rig.ask(0);
    rig.advance(3s);
    rig.ask(0);
    rig.ask(0, "named");
    CHECK(rig.platform.in_flight() == 3);
    CHECK_FALSE(rig.decision(1));
    rig.advance(1s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decision(1) == Kind::conflict);
    CHECK(rig.decision(2) == Kind::conflict);
    CHECK(rig.made.size() == 1);
    CHECK(rig.platform.in_flight() == 0);
    rig.ask(0);
    rig.advance(4s);
    CHECK(rig.decision(3) == Kind::created);
}

TEST_CASE("a second caller that hangs up leaves the first alone") {
    PlatformRig rig;
    rig.ask(0);
    CallId const second = rig.ask(0);
    CHECK(rig.platform.cancel(second, rig.now));
    CHECK(rig.platform.cancelled() == 0); // it had no snapshot
    rig.advance(4s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK_FALSE(rig.decision(1));
}

TEST_CASE("hanging up abandons the snapshot, and the sandbox runs on only where it was never stopped") {
    bool const in_place = GENERATE(false, true);
    SimulatorOptions options = platform_options();
    options.in_place_checkpoint = in_place;
    PlatformRig rig(options);
    CallId const first = rig.ask(0);
    rig.ask(0);
    rig.advance(2s);
    CHECK(rig.platform.undecided(first));
    CHECK(rig.platform.cancel(first, rig.now));
    CHECK_FALSE(rig.platform.undecided(first));
    CHECK_FALSE(rig.platform.cancel(first, rig.now));
    rig.note();
    CHECK(rig.state(0) == SandboxState::running); // says its row
    CHECK(rig.lost(0) == !in_place);
    CHECK(rig.platform.lost() == (in_place ? 0 : 1));
    CHECK(rig.decision(1) == Kind::conflict);
    CHECK(rig.platform.cancelled() == 1);
    rig.advance(1min);
    CHECK_FALSE(rig.decision(0)); // nobody is there to be told
    CHECK(rig.made.empty());
}

TEST_CASE("that a machine is lost is noticed by the next snapshot, and by no pause") {
    PlatformRig rig;
    rig.platform.cancel(rig.ask(0), rig.now);
    REQUIRE(rig.lost(0));
    CHECK_FALSE(rig.platform.pause(0));
    CHECK(rig.state(0) == SandboxState::running);
    rig.ask(0, "mine");
    CHECK(rig.decision(1) == Kind::failed);
    CHECK(rig.state(0) == SandboxState::killed);
    rig.ask(0);
    CHECK(rig.decision(2) == Kind::not_found);
    CHECK(rig.platform.lost() == 1);
    CHECK(rig.made.empty());
}

TEST_CASE("who hangs up while the snapshot is all but ready changes nothing") {
    SimulatorOptions options = platform_options();
    options.status_delay = 10s;
    options.slots_per_node = 1;
    PlatformRig rig(options);
    CallId const first = rig.ask(0);
    rig.ask(1);
    rig.advance(4s); // the slot is free for the second
    CHECK(rig.state(0) == SandboxState::snapshotting);
    CHECK(rig.platform.cancel(first, rig.now));
    CHECK_FALSE(rig.platform.cancel(first, rig.now));
    CHECK_FALSE(rig.platform.undecided(first));
    CHECK(rig.platform.cancelled() == 0);
    CHECK_FALSE(rig.lost(0));
    rig.advance(10s - 1ns);
    CHECK(rig.made.empty());
    rig.advance(1ns);
    REQUIRE(rig.made.size() == 1);
    CHECK(rig.made[0].finished_at == 14s);
    CHECK_FALSE(rig.decision(0));
    CHECK(rig.state(0) == SandboxState::running);
    rig.advance(4s);
    CHECK(rig.decision(1) == Kind::created);
    CHECK(rig.decided_at(1) == 18s);
}

TEST_CASE("a snapshot can become ready after its request's time is over") {
    SimulatorOptions options = platform_options();
    options.latency = 69s;
    options.status_delay = 10s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.advance(79s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decided_at(0) == 79s);
}

TEST_CASE("hanging up after the decision changes nothing") {
    PlatformRig rig;
    CallId const id = rig.ask(0);
    rig.advance(4s);
    CHECK_FALSE(rig.platform.cancel(id, rig.now));
    CHECK(rig.made.size() == 1);
    CHECK(rig.platform.cancelled() == 0);
}

TEST_CASE("a node takes as many snapshots at a time as it has slots, the others queue in order") {
    SimulatorOptions options = platform_options(6);
    options.slots_per_node = 2;
    PlatformRig rig(options);
    for (SandboxIndex i = 0; i < 5; ++i)
        rig.ask(i);
    CHECK(rig.state(4) == SandboxState::snapshotting);
    rig.advance(4s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decision(1) == Kind::created);
    CHECK_FALSE(rig.decision(2));
    rig.advance(4s);
    CHECK(rig.decision(2) == Kind::created);
    CHECK(rig.decision(3) == Kind::created);
    CHECK_FALSE(rig.decision(4));
    rig.advance(4s);
    CHECK(rig.decision(4) == Kind::created);
    CHECK(rig.made[4].started_at == 8s); // without the time in the queue
}

TEST_CASE("nodes have slots of their own, and sandboxes are spread over them") {
    SimulatorOptions options = platform_options(4, 2);
    options.slots_per_node = 1;
    PlatformRig rig(options);
    for (SandboxIndex i = 0; i < 4; ++i)
        rig.ask(i);
    rig.advance(4s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.decision(1) == Kind::created);
    CHECK_FALSE(rig.decision(2));
    CHECK_FALSE(rig.decision(3));
}

TEST_CASE("a snapshot that finds no slot in time is refused, and the sandbox is untouched") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    options.latency = 20s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.advance(1s);
    rig.ask(1);
    rig.ask(1);
    rig.advance(15s - 1ns);
    CHECK_FALSE(rig.decision(1));
    rig.advance(1ns);
    CHECK(rig.decision(1) == Kind::busy);
    CHECK(rig.decision(2) == Kind::conflict);
    CHECK(rig.state(1) == SandboxState::running);
    CHECK_FALSE(rig.lost(1));
    rig.advance(4s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK(rig.made.size() == 1);
}

TEST_CASE("a queue that takes no one refuses at once") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    options.queue_timeout = 0s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(1);
    CHECK(rig.decision(1) == Kind::busy);
    CHECK(rig.state(1) == SandboxState::running);
    CHECK_FALSE(rig.lost(1));
}

TEST_CASE("a slot that becomes free at the last instant of the queue's patience is taken") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    options.latency = 15s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(1);
    rig.advance(15s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK_FALSE(rig.decision(1));
    rig.advance(15s);
    CHECK(rig.decision(1) == Kind::created);
}

TEST_CASE("whoever leaves the queue leaves no slot behind") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    PlatformRig rig(options);
    CallId const working = rig.ask(0);
    CallId const queued = rig.ask(1);
    rig.ask(2);
    CHECK(rig.platform.cancel(queued, rig.now));
    CHECK(rig.state(1) == SandboxState::running);
    CHECK_FALSE(rig.lost(1)); // its turn had not come
    rig.advance(1s);
    CHECK(rig.platform.cancel(working, rig.now)); // and the slot is free at once
    rig.advance(4s);
    CHECK(rig.decision(2) == Kind::created);
    CHECK(rig.decided_at(2) == 5s);
    CHECK(rig.platform.cancelled() == 2);
    rig.ask(3);
    rig.advance(4s);
    CHECK(rig.decision(3) == Kind::created);
}

TEST_CASE("the request's time ends a snapshot, and what waits for it") {
    SimulatorOptions options = platform_options();
    options.latency = 100s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.advance(30s);
    rig.ask(0);
    rig.advance(40s - 1ns);
    CHECK_FALSE(rig.decision(0));
    rig.advance(1ns);
    CHECK(rig.decision(0) == Kind::failed);
    CHECK(rig.decided_at(0) == 70s);
    CHECK(rig.decision(1) == Kind::conflict);
    CHECK(rig.state(0) == SandboxState::running);
    CHECK(rig.lost(0)); // it stood still
    CHECK(rig.made.empty());
}

TEST_CASE("a caller's own time ends while it waits for another's snapshot") {
    SimulatorOptions options = platform_options();
    options.request_timeout = 10s;
    options.queue_timeout = 8s;
    options.slots_per_node = 1;
    PlatformRig rig(options);
    rig.platform.sandboxes()[0].latency = 8s;
    rig.platform.sandboxes()[1].latency = 8s;
    rig.ask(0);
    rig.ask(1); // starts when the first is done, and is cut 2 s later
    rig.advance(3s);
    rig.ask(1);
    rig.advance(5s);
    CHECK(rig.decision(0) == Kind::created);
    rig.advance(2s);
    CHECK(rig.decision(1) == Kind::failed);
    CHECK(rig.decided_at(1) == 10s);
    CHECK(rig.decision(2) == Kind::conflict);
}

TEST_CASE("a request timeout within the queue's patience is the one that counts") {
    SimulatorOptions options = platform_options();
    options.request_timeout = 10s;
    options.slots_per_node = 1;
    options.latency = 1h;
    PlatformRig rig(options);
    rig.ask(0);
    rig.advance(1s);
    rig.ask(1);
    rig.ask(1);
    rig.advance(9s); // the first is given up, and the second has the slot for a second
    CHECK(rig.decision(0) == Kind::failed);
    CHECK_FALSE(rig.decision(1));
    rig.advance(1s);
    CHECK(rig.decision(1) == Kind::failed);
    CHECK(rig.decided_at(1) == 11s);
    CHECK(rig.decision(2) == Kind::conflict);
}

TEST_CASE("a failing node kills the sandbox and the answer is ambiguous") {
    PlatformRig rig;
    rig.ask(0, {}, true);
    rig.ask(0);
    CHECK_FALSE(rig.decision(0));
    rig.advance(4s);
    CHECK(rig.decision(0) == Kind::failed);
    CHECK(rig.decision(1) == Kind::not_found);
    CHECK(rig.state(0) == SandboxState::killed);
    CHECK(rig.made.empty());
    rig.ask(0);
    CHECK(rig.decision(2) == Kind::not_found);
}

TEST_CASE("a failing node without latency kills at once") {
    SimulatorOptions options = platform_options();
    options.latency = 0s;
    PlatformRig rig(options);
    rig.ask(0, {}, true);
    CHECK(rig.decision(0) == Kind::failed);
    CHECK(rig.state(0) == SandboxState::killed);
    CHECK(rig.made.empty());
}

TEST_CASE("killing a sandbox fails its snapshot, in the queue as well") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(1);
    rig.ask(1);
    rig.ask(2);
    CHECK(rig.platform.kill(1, rig.now));
    rig.note();
    CHECK(rig.decision(1) == Kind::failed);
    CHECK(rig.decision(2) == Kind::not_found);
    CHECK(rig.platform.kill(0, rig.now));
    rig.note();
    CHECK(rig.decision(0) == Kind::failed);
    rig.advance(4s); // the slot went to the one that still waits
    CHECK(rig.decision(3) == Kind::created);
    CHECK(rig.made.size() == 1);
}

TEST_CASE("paused and dead sandboxes cannot be snapshotted") {
    PlatformRig rig;
    REQUIRE(rig.platform.pause(0));
    rig.ask(0);
    CHECK(rig.decision(0) == Kind::not_found);
    REQUIRE(rig.platform.kill(1, rig.now));
    rig.ask(1);
    CHECK(rig.decision(1) == Kind::not_found);
    CHECK(rig.platform.in_flight() == 0);
}

TEST_CASE("snapshots without memory may be refused to the team, and by a node that is too old") {
    SimulatorOptions options = platform_options(3, 2);
    options.filesystem_snapshots = false;
    PlatformRig forbidden(options);
    forbidden.ask(0, {}, false, false);
    CHECK(forbidden.decision(0) == Kind::disabled);
    forbidden.ask(0);
    forbidden.advance(4s);
    CHECK(forbidden.decision(1) == Kind::created);

    PlatformRig rig(platform_options(3, 2));
    rig.platform.outdate_node(0);
    rig.ask(0, {}, false, false);
    CHECK(rig.decision(0) == Kind::unsupported_node);
    CHECK(rig.state(0) == SandboxState::running);
    rig.ask(0);
    rig.ask(1, {}, false, false);
    rig.advance(4s);
    CHECK(rig.decision(1) == Kind::created);
    CHECK(rig.decision(2) == Kind::created);
    CHECK(rig.made[0].memory);
    CHECK_FALSE(rig.made[1].memory);
    // Resumed, it is on a newer one.
    REQUIRE(rig.platform.pause(0));
    REQUIRE(rig.platform.resume(0));
    rig.ask(0, {}, false, false);
    rig.advance(4s);
    CHECK(rig.decision(3) == Kind::created);
}

// Whatever happens: every call ends once, slots and states come out even.
TEST_CASE("a random walk over calls, hang-ups and kills conserves slots and calls") {
    SimulatorOptions options = platform_options(12, 3);
    options.slots_per_node = 2;
    options.latency = 3s;
    options.latency_spread = 4s;
    options.queue_timeout = 5s;
    options.request_timeout = 9s;
    options.status_delay = GENERATE(0s, 1s);
    PlatformRig rig(options);
    std::mt19937 random(7);
    std::uint64_t replaced = 0; // of those that were lost
    std::vector<CallId> calls;
    std::size_t hung_up = 0;
    std::uint64_t asked = 0;
    for (int step = 0; step < 20'000; ++step) {
        auto const sandbox = static_cast<SandboxIndex>(random() % rig.platform.sandboxes().size());
        switch (random() % 8) {
        case 0:
        case 1:
        case 2:
        case 3:
            if (CallId const id = rig.ask(sandbox); !rig.decision(asked))
                calls.push_back(id);
            ++asked;
            break;
        case 4:
            if (!calls.empty() && rig.platform.cancel(calls[random() % calls.size()], rig.now))
                ++hung_up;
            rig.note();
            break;
        case 5:
            if (random() % 50 == 0 && rig.platform.kill(sandbox, rig.now)) {
                rig.note();
                rig.platform.add_sandbox(Platform::base_template(), {}, std::nullopt, rig.now);
            }
            break;
        default:
            rig.advance(std::chrono::milliseconds(random() % 1500));
        }
        for (; replaced < rig.platform.lost(); ++replaced)
            rig.platform.add_sandbox(Platform::base_template(), {}, std::nullopt, rig.now);
        // Those that were hung up on when they were all but ready are still there.
        REQUIRE(rig.decisions.size() + hung_up <= asked);
        REQUIRE(rig.decisions.size() + hung_up + rig.platform.in_flight() >= asked);
        for (SandboxIndex i = 0; i < rig.platform.sandboxes().size(); ++i) {
            if (rig.state(i) == SandboxState::snapshotting)
                REQUIRE(rig.platform.holds(rig.platform.sandboxes()[i].call));
        }
    }
    rig.advance(1min);
    CHECK(rig.platform.in_flight() == 0);
    CHECK(rig.decisions.size() + hung_up == asked);
    std::size_t created = 0;
    for (auto const& [caller, completion] : rig.decisions)
        created += completion.decision.kind == Kind::created ? 1U : 0U;
    CHECK(created <= rig.made.size());
    CHECK((created == rig.made.size() || options.status_delay > 0s));
    CHECK(created > 100);
    CHECK(replaced > 20);
    // And every slot is there: two for each node at once, no third.
    std::map<std::uint32_t, std::vector<std::uint64_t>> by_node;
    for (SandboxIndex i = 0; i < rig.platform.sandboxes().size(); ++i) {
        auto const node = rig.platform.sandboxes()[i].node;
        if (rig.state(i) == SandboxState::running && !rig.lost(i) && by_node[node].size() < 3) {
            rig.platform.sandboxes()[i].latency = 4s;
            rig.ask(i);
            by_node[node].push_back(rig.last_caller);
        }
    }
    rig.advance(4s + options.status_delay);
    for (auto const& [node, callers] : by_node) {
        REQUIRE(callers.size() == 3);
        CHECK(rig.decision(callers[0]) == Kind::created);
        CHECK(rig.decision(callers[1]) == Kind::created);
        CHECK_FALSE(rig.decision(callers[2]));
    }
}
