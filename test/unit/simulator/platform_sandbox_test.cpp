#include "unit/simulator/platform_rig.hpp"

#include <set>
#include <stdexcept>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

TEST_CASE("sandboxes have ids as the platform's, the same for the same seed") {
    SimulatorOptions options = platform_options(1000);
    Platform const platform(options);
    std::set<std::string> ids;
    for (SandboxIndex i = 0; i < 1000; ++i) {
        std::string const id = platform.sandboxes().id(i);
        CHECK(id.size() == 21);
        CHECK(id.front() == 'i');
        CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == id.npos);
        CHECK(platform.sandboxes().find(id) == i);
        ids.insert(id);
    }
    CHECK(ids.size() == 1000);
    CHECK(Platform(options).sandboxes().id(7) == platform.sandboxes().id(7));
    options.seed = 2;
    CHECK(Platform(options).sandboxes().id(7) != platform.sandboxes().id(7));
    CHECK_FALSE(Platform(options).sandboxes().find(platform.sandboxes().id(7)));
}

TEST_CASE("one legacy suffix of an id is ignored") {
    Platform const platform(platform_options());
    std::string const id = platform.sandboxes().id(2);
    CHECK(platform.sandboxes().find(id + "-6532622b") == SandboxIndex{2});
    CHECK_FALSE(platform.sandboxes().find(id + "-6532622b-6532622b"));
    CHECK_FALSE(platform.sandboxes().find("i0123456789abcdefghij"));
    CHECK_FALSE(platform.sandboxes().find(""));
}

TEST_CASE("what could be a sandbox's id") {
    SandboxStore const store(1);
    CHECK(store.valid_id("i0123456789abcdefghij"));
    CHECK(store.valid_id("i0123456789abcdefghij-6532622b"));
    CHECK(store.valid_id("x"));
    CHECK_FALSE(store.valid_id(""));
    CHECK_FALSE(store.valid_id("-6532622b"));
    CHECK_FALSE(store.valid_id("I0123456789ABCDEFGHIJ"));
    CHECK_FALSE(store.valid_id("a_b"));
    CHECK_FALSE(store.valid_id("a%41"));
    CHECK(store.valid_id("ab-C"));
    CHECK_FALSE(store.valid_id("Ab-c"));
    CHECK_FALSE(store.valid_id("ab-c-d"));
}

TEST_CASE("ids may be chosen, once") {
    PlatformRig rig;
    auto const base = Platform::base_template();
    auto const index = rig.platform.add_sandbox(base, {}, std::nullopt, rig.now, "mine");
    CHECK(rig.platform.sandboxes().id(index) == "mine");
    CHECK(rig.platform.find_sandbox("mine", rig.now) == index);
    CHECK_THROWS_AS(rig.platform.add_sandbox(base, {}, std::nullopt, rig.now, "mine"), std::invalid_argument);
    CHECK_THROWS_AS(rig.platform.add_sandbox(base, {}, std::nullopt, rig.now, "Mine"), std::invalid_argument);
    CHECK_THROWS_AS(rig.platform.add_sandbox(base, {}, std::nullopt, rig.now, std::string(33, 'a')),
                    std::invalid_argument);
    std::string const taken = rig.platform.sandboxes().id(0);
    CHECK_THROWS_AS(rig.platform.add_sandbox(base, {}, std::nullopt, rig.now, taken), std::invalid_argument);
    // The number of a sandbox with a chosen id makes no id of its own.
    auto const next = rig.platform.add_sandbox(base, {}, std::nullopt, rig.now);
    CHECK(rig.platform.sandboxes().find(rig.platform.sandboxes().id(next)) == next);
    CHECK(rig.platform.sandboxes().size() == 6);
}

TEST_CASE("an id may be chosen that another's number would make") {
    SimulatorOptions const options = platform_options(2);
    std::string const future = Platform(platform_options(3)).sandboxes().id(2);
    PlatformRig rig(options);
    rig.platform.add_sandbox(Platform::base_template(), {}, std::nullopt, rig.now, "other"); // takes number 2
    auto const index = rig.platform.add_sandbox(Platform::base_template(), {}, std::nullopt, rig.now, future);
    CHECK(rig.platform.find_sandbox(future, rig.now) == index);
}

TEST_CASE("pausing, resuming and killing depend on the state") {
    PlatformRig rig;
    CHECK_FALSE(rig.platform.resume(0)); // it runs
    CHECK(rig.platform.pause(0));
    CHECK_FALSE(rig.platform.pause(0));
    CHECK(rig.platform.resume(0));
    CHECK(rig.state(0) == SandboxState::running);

    rig.ask(0);
    CHECK_FALSE(rig.platform.pause(0));
    CHECK_FALSE(rig.platform.resume(0));
    rig.advance(4s);

    CHECK(rig.platform.kill(0, rig.now));
    CHECK_FALSE(rig.platform.kill(0, rig.now));
    CHECK_FALSE(rig.platform.pause(0));
    CHECK_FALSE(rig.platform.resume(0));
    CHECK_FALSE(rig.platform.find_sandbox(rig.platform.sandboxes().id(0), rig.now));

    CHECK(rig.platform.pause(1));
    CHECK(rig.platform.kill(1, rig.now));
    CHECK(rig.state(1) == SandboxState::killed);
}

TEST_CASE("a sandbox that is being snapshotted or paused is still found") {
    PlatformRig rig;
    rig.ask(0);
    CHECK(rig.platform.find_sandbox(rig.platform.sandboxes().id(0), rig.now) == SandboxIndex{0});
    rig.platform.pause(1);
    CHECK(rig.platform.find_sandbox(rig.platform.sandboxes().id(1), rig.now) == SandboxIndex{1});
}

TEST_CASE("a sandbox ends when its time is over, but not amid a snapshot") {
    PlatformRig rig;
    auto const base = Platform::base_template();
    auto const index = rig.platform.add_sandbox(base, {}, Instant(10s), rig.now);
    std::string const id = rig.platform.sandboxes().id(index);
    rig.advance(10s - 1ns);
    CHECK(rig.platform.find_sandbox(id, rig.now) == index);
    rig.ask(index);
    rig.advance(1s);
    CHECK(rig.platform.find_sandbox(id, rig.now) == index);
    rig.advance(3s);
    CHECK(rig.decision(0) == Kind::created);
    CHECK_FALSE(rig.platform.find_sandbox(id, rig.now));
    CHECK(rig.state(index) == SandboxState::killed);
}

TEST_CASE("all that are overdue can be ended together") {
    PlatformRig rig(platform_options(2));
    auto const base = Platform::base_template();
    auto const paused = rig.platform.add_sandbox(base, {}, Instant(1s), rig.now);
    auto const over = rig.platform.add_sandbox(base, {}, Instant(1s), rig.now);
    rig.platform.pause(paused);
    rig.advance(2s);
    rig.platform.end_overdue(rig.now);
    CHECK(rig.state(0) == SandboxState::running);
    CHECK(rig.state(paused) == SandboxState::paused);
    CHECK(rig.state(over) == SandboxState::killed);
}

TEST_CASE("a node that fails takes its sandboxes with it, and no others") {
    SimulatorOptions options = platform_options(6, 2);
    options.slots_per_node = 1;
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(2);
    rig.ask(1);
    rig.platform.fail_node(0, rig.now);
    rig.note();
    CHECK(rig.decision(0) == Kind::failed);
    CHECK(rig.decision(1) == Kind::failed);
    for (SandboxIndex i = 0; i < 6; ++i)
        CHECK((rig.state(i) == SandboxState::killed) == (i % 2 == 0));
    rig.advance(4s);
    CHECK(rig.decision(2) == Kind::created);
    CHECK(rig.platform.in_flight() == 0);
}
