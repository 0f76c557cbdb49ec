#include "unit/simulator/platform_rig.hpp"

#include <algorithm>
#include <memory>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

// Snapshots are decided at once where the latency is not what is tested.
SimulatorOptions instant_options() {
    SimulatorOptions options = platform_options();
    options.latency = 0s;
    return options;
}

std::optional<TemplateIndex> look_up(PlatformRig& rig, std::string_view name) {
    return rig.platform.look_up(TemplateName::parse(name).value(), rig.now);
}

// Whether a ready build of the template carries the tag of this name.
bool ready(PlatformRig& rig, std::string_view text) {
    auto const name = TemplateName::parse(text).value();
    auto const index = rig.platform.look_up(name, rig.now);
    return index && rig.platform.templates().find_tag(*index, name.tag).has_value();
}

std::vector<TemplateIndex> listed(PlatformRig const& rig, SnapshotFilter const& filter) {
    std::vector<TemplateIndex> result;
    for (SnapshotRow const& row : rig.platform.templates().list(filter))
        result.push_back(row.template_index);
    return result;
}

} // namespace

TEST_CASE("unnamed snapshots are templates of their own") {
    PlatformRig rig(instant_options());
    rig.ask(0);
    rig.ask(0);
    CHECK(rig.snapshot_id(0) != rig.snapshot_id(1));
    for (std::uint64_t i : {0U, 1U}) {
        std::string const id = rig.snapshot_id(i);
        REQUIRE(id.size() == 20 + std::string_view(":default").size());
        CHECK(id.substr(20) == ":default");
        CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == 20);
        CHECK(ready(rig, id));
        CHECK(ready(rig, id.substr(0, 20)));
        CHECK_FALSE(ready(rig, id.substr(0, 20) + ":v2"));
    }
}

TEST_CASE("a name that is used again gets a new build of the same template") {
    PlatformRig rig(instant_options());
    rig.ask(0, "mine");
    rig.ask(1, "mine");
    CHECK(rig.snapshot_id(0) == "team-sim/mine:default");
    CHECK(rig.snapshot_id(1) == rig.snapshot_id(0));
    REQUIRE(rig.made.size() == 2);
    CHECK(rig.made[0].template_index == rig.made[1].template_index);
    CHECK(rig.made[1].sandbox == 1);
}

TEST_CASE("tags of one alias are builds of one template") {
    PlatformRig rig(instant_options());
    rig.ask(0, "mine:v1");
    rig.ask(0, "mine:v2");
    CHECK(rig.snapshot_id(0) == "team-sim/mine:v1");
    CHECK(rig.snapshot_id(1) == "team-sim/mine:v2");
    CHECK(rig.made[0].template_index == rig.made[1].template_index);
    CHECK(ready(rig, "mine:v1"));
    CHECK(ready(rig, "mine:v2"));
    CHECK(ready(rig, "team-sim/mine:v2"));
    CHECK_FALSE(ready(rig, "mine")); // no build is tagged `default`
    CHECK_FALSE(ready(rig, "other/mine:v1"));
    std::string const raw_id = rig.platform.templates().id(rig.made[0].template_index);
    CHECK(ready(rig, raw_id + ":v1"));
    CHECK_FALSE(ready(rig, raw_id));
}

TEST_CASE("a snapshot of an ordinary template's name is a build of it") {
    PlatformRig rig(instant_options());
    REQUIRE(rig.platform.add_template("web", rig.now));
    CHECK_FALSE(rig.platform.add_template("web", rig.now));
    rig.ask(0, "web:v2");
    CHECK(rig.snapshot_id(0) == "team-sim/web:v2");
    CHECK(rig.made[0].template_index == look_up(rig, "web"));
    CHECK(ready(rig, "web"));
    CHECK(ready(rig, "web:v2"));
    CHECK(listed(rig, {}).empty()); // an ordinary template is no snapshot
}

TEST_CASE("of several first snapshots of one name, the first makes it and the others fail") {
    PlatformRig rig;
    rig.ask(0, "shared:a");
    rig.advance(1s);
    rig.ask(1, "shared:b");
    CHECK(rig.decision(1) == Kind::failed);
    CHECK(rig.state(1) == SandboxState::running);
    CHECK_FALSE(rig.lost(1));
    rig.advance(3s);
    CHECK(rig.decision(0) == Kind::created);
    rig.ask(1, "shared:b");
    rig.advance(4s);
    CHECK(rig.snapshot_id(2) == "team-sim/shared:b");
}

TEST_CASE("a name whose first snapshot failed is taken, and for a while nobody knows") {
    SimulatorOptions options = platform_options();
    options.slots_per_node = 1;
    options.latency = 20s;
    PlatformRig rig(options);
    rig.ask(0);
    rig.ask(1, "mine");
    rig.advance(15s);
    CHECK(rig.decision(1) == Kind::busy);
    CHECK(rig.platform.templates().find_alias("mine"));
    CHECK_FALSE(look_up(rig, "mine"));
    rig.advance(5s);
    rig.ask(1, "mine");
    CHECK(rig.decision(2) == Kind::failed);
    rig.advance(5min);
    rig.ask(1, "mine");
    rig.advance(20s);
    CHECK(rig.decision(3) == Kind::created);
}

TEST_CASE("a tag is noted before the snapshot is made, and whatever becomes of it") {
    PlatformRig rig;
    CallId const call = rig.ask(0, "mine:v1");
    auto const& templates = rig.platform.templates();
    auto const mine = templates.find_alias("mine");
    REQUIRE(mine);
    auto const noted = templates.assignments(*mine);
    REQUIRE(noted.size() == 1);
    CHECK(templates.tag(noted[0].tag) == "v1");
    CHECK(templates.build(noted[0].build).status == BuildStatus::building);
    CHECK_FALSE(templates.find_ready(*mine, std::nullopt));
    CHECK(listed(rig, {}).empty());
    rig.platform.cancel(call, rig.now);
    CHECK(templates.build(noted[0].build).status == BuildStatus::failed);
    CHECK(templates.assignments(*mine).size() == 1);
    CHECK(listed(rig, {}).empty());
}

TEST_CASE("a tag stands for its newest build, and is found by its newest ready one") {
    PlatformRig rig;
    rig.ask(0, "mine:v1");
    rig.advance(4s);
    rig.ask(0, "mine:v2");
    rig.advance(4s);
    rig.platform.cancel(rig.ask(1, "mine:v1"), rig.now);
    auto& templates = rig.platform.templates();
    auto const mine = templates.find_alias("mine").value();
    CHECK(templates.assignments(mine).size() == 3);
    auto const first = templates.find_ready(mine, "v1");
    REQUIRE(first);
    CHECK(templates.build(first->build).sandbox == 0);
    CHECK(templates.tag(templates.find_ready(mine, std::nullopt)->tag) == "v2");
    // Tags can be given and taken away.
    templates.assign(mine, first->build, "best", rig.now);
    CHECK(templates.find_ready(mine, "best")->build == first->build);
    templates.unassign(mine, "v1");
    CHECK_FALSE(templates.find_ready(mine, "v1"));
    CHECK(templates.find_ready(mine, "best")->build == first->build);
    // Of an unnamed one as well.
    rig.ask(2);
    rig.advance(4s);
    auto const unnamed = rig.made.back().template_index;
    CHECK(templates.assignments(unnamed).size() == 1);
    templates.assign(unnamed, templates.find_ready(unnamed, "default")->build, "v9", rig.now);
    CHECK(templates.assignments(unnamed).size() == 2);
    CHECK(templates.find_ready(unnamed, "v9"));
    CHECK(templates.find_ready(unnamed, "default"));
}

TEST_CASE("a snapshot whose template was deleted meanwhile fails") {
    PlatformRig rig;
    rig.ask(0, "mine");
    rig.advance(4s);
    rig.ask(0, "mine");
    REQUIRE(rig.platform.erase_template(*look_up(rig, "mine")));
    rig.advance(4s);
    CHECK(rig.decision(1) == Kind::failed);
    CHECK_FALSE(look_up(rig, "mine"));
}

TEST_CASE("a name that was looked up in vain is believed missing for five minutes") {
    PlatformRig rig(instant_options());
    CHECK_FALSE(look_up(rig, "late"));
    // Somebody else's server made it, and this one's cache does not know.
    rig.platform.templates().add_ordinary("late");
    rig.advance(5min - 1ns);
    CHECK_FALSE(look_up(rig, "late"));
    CHECK_FALSE(look_up(rig, "team-sim/late:v2"));
    rig.advance(1ns);
    CHECK(look_up(rig, "late"));
}

TEST_CASE("whoever makes a name clears it from the cache, unless the server dies") {
    PlatformRig rig(instant_options());
    CHECK_FALSE(look_up(rig, "clean"));
    rig.ask(0, "clean");
    CHECK(look_up(rig, "clean"));
    CHECK_FALSE(look_up(rig, "ordinary"));
    rig.platform.add_template("ordinary", rig.now);
    CHECK(look_up(rig, "ordinary"));

    CHECK_FALSE(look_up(rig, "lost"));
    rig.advance(5min);
    Caller caller;
    SimulatorFault fault = SimulatorFault::close();
    fault.stale_cache = true;
    caller.strike.fault = std::make_shared<SimulatorFault const>(fault);
    CallId id = 0;
    SnapshotOrder order;
    order.sandbox = 1;
    order.name = TemplateName::parse("lost");
    auto const decided = rig.platform.create_snapshot(order, caller, rig.now, id);
    CHECK(decided->kind == Kind::created);
    CHECK_FALSE(look_up(rig, "lost"));
    rig.advance(5min);
    CHECK(look_up(rig, "lost"));
}

TEST_CASE("the cache can be switched off") {
    SimulatorOptions options = instant_options();
    options.negative_alias_cache = 0s;
    PlatformRig rig(options);
    CHECK_FALSE(look_up(rig, "late"));
    rig.platform.templates().add_ordinary("late");
    CHECK(look_up(rig, "late"));
}

TEST_CASE("another team's name says nothing about one's own") {
    PlatformRig rig(instant_options());
    rig.platform.templates().add_ordinary("mine");
    CHECK_FALSE(look_up(rig, "other/mine"));
    CHECK(look_up(rig, "mine"));
    CHECK(look_up(rig, "team-sim/mine"));
}

TEST_CASE("a deleted template is gone with all its tags, and its name is free") {
    PlatformRig rig(instant_options());
    rig.ask(0, "mine:v1");
    rig.ask(0, "mine:v2");
    auto const first = *look_up(rig, "mine");
    std::string const raw_id = rig.platform.templates().id(first);
    CHECK(rig.platform.erase_template(first));
    CHECK_FALSE(ready(rig, "mine:v1"));
    CHECK_FALSE(ready(rig, "mine:v2"));
    CHECK_FALSE(look_up(rig, raw_id));
    CHECK(listed(rig, {}).empty());
    rig.ask(0, "mine:v3");
    CHECK(rig.decision(2) == Kind::created);
    CHECK(*look_up(rig, "mine") != first);
    CHECK_FALSE(ready(rig, "mine:v1"));
    CHECK(rig.made.size() == 3); // the ledger keeps them
}

TEST_CASE("a template is in use while paused sandboxes come from it") {
    PlatformRig rig(instant_options());
    rig.ask(0);
    auto const index = rig.made[0].template_index;
    auto const sandbox = rig.platform.add_sandbox(index, {}, std::nullopt, rig.now);
    rig.platform.pause(sandbox);
    CHECK_FALSE(rig.platform.erase_template(index));
    rig.platform.resume(sandbox);
    CHECK(rig.platform.erase_template(index));
}

TEST_CASE("snapshots are listed newest first, by creator and by name") {
    PlatformRig rig(instant_options());
    rig.ask(0);
    rig.ask(1, "mine:v1");
    rig.ask(0);
    rig.ask(0, "mine:v2"); // a build of sandbox 1's template
    auto const made = [&rig](std::size_t i) { return rig.made[i].template_index; };
    CHECK(listed(rig, {}) == std::vector{made(2), made(1), made(0)});

    SnapshotFilter by_creator;
    by_creator.creator = 0;
    CHECK(listed(rig, by_creator) == std::vector{made(2), made(0)});
    by_creator.creator = 1;
    CHECK(listed(rig, by_creator) == std::vector{made(1)});
    by_creator.creator = 3;
    CHECK(listed(rig, by_creator).empty());

    SnapshotFilter by_name;
    by_name.name = TemplateName::parse("mine:v2");
    CHECK(listed(rig, by_name) == std::vector{made(1)});
    by_name.creator = 0;
    CHECK(listed(rig, by_name).empty());
    by_name.creator = 1;
    CHECK(listed(rig, by_name) == std::vector{made(1)});
    by_name.name = TemplateName::parse("mine:default");
    CHECK(listed(rig, by_name).empty());
    by_name.name = TemplateName::parse("mine"); // any tag
    CHECK(listed(rig, by_name) == std::vector{made(1)});
}

TEST_CASE("a list holds one row more than its limit, if there are more, and goes on before the last") {
    PlatformRig rig(instant_options());
    for (int i = 0; i < 7; ++i)
        rig.ask(static_cast<SandboxIndex>(i % 2));
    REQUIRE(rig.platform.erase_template(rig.made[3].template_index));
    for (auto const creator : {std::optional<SandboxIndex>(), std::optional<SandboxIndex>(0)}) {
        SnapshotFilter filter;
        filter.creator = creator;
        auto const all = listed(rig, filter);
        CHECK(all.size() == (creator ? 4 : 6));
        filter.limit = 2;
        std::vector<TemplateIndex> paged;
        while (true) {
            auto page = listed(rig, filter);
            bool const more = page.size() > filter.limit;
            page.resize(std::min(page.size(), filter.limit));
            paged.insert(paged.end(), page.begin(), page.end());
            if (!more)
                break;
            filter.before = page.back();
        }
        CHECK(paged == all);
    }
}
