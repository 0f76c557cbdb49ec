#include "core/reconcile.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using Finding = Reconciliation::Finding;

namespace {

using Rows = std::vector<SnapshotInfo>;

Evidence evidence(std::optional<Rows> of_sandbox, std::optional<Rows> of_name = {},
                  std::chrono::system_clock::duration since = 76s) {
    Evidence result;
    result.since_start = since;
    result.of_sandbox = std::move(of_sandbox);
    result.of_name = std::move(of_name);
    return result;
}

ReconcileRequest unnamed(std::optional<std::vector<std::string>> baseline = {}) {
    ReconcileRequest request("isandbox", {});
    request.baseline = std::move(baseline);
    return request;
}

ReconcileRequest named(Uniqueness uniqueness) {
    ReconcileRequest request(SnapshotRequest("isandbox", "Team/Alias:v1"), {});
    request.uniqueness = uniqueness;
    return request;
}

SnapshotInfo const old_one("old:default", {});
SnapshotInfo const new_one("new:default", {});
SnapshotInfo const named_one("team/alias:v1", {"team/alias"});

} // namespace

TEST_CASE("Nothing is concluded while the platform may be at work") {
    CHECK(conclude(unnamed(std::vector<std::string>()), evidence(Rows{}, {}, 74s)).finding ==
          Finding::unknown);
    CHECK(conclude(unnamed(std::vector<std::string>()), evidence(Rows{}, {}, 75s)).finding ==
          Finding::not_created);
}

TEST_CASE("An unnamed snapshot is found by comparing before with after") {
    auto const before = std::vector<std::string>{"old:default"};
    auto const found = conclude(unnamed(before), evidence(Rows{new_one, old_one}));
    CHECK(found.finding == Finding::created);
    CHECK(found.snapshot == new_one);
    CHECK(conclude(unnamed(before), evidence(Rows{old_one})).finding == Finding::not_created);
    CHECK(conclude(unnamed(before), evidence(Rows{new_one, named_one})).snapshot == new_one);
    CHECK(conclude(unnamed(before), evidence(Rows{new_one, {"other:default", {}}})).finding ==
          Finding::unknown);
    CHECK(conclude(unnamed(before), evidence(std::nullopt)).finding == Finding::unknown);
}

TEST_CASE("A named snapshot neither is an unnamed request's nor disproves that there is one") {
    auto const before = std::vector<std::string>{"old:default", "team/older:v1"};
    SnapshotInfo const older("team/older:v1", {"team/older"});
    CHECK(conclude(unnamed(before), evidence(Rows{named_one, old_one})).finding == Finding::unknown);
    CHECK_FALSE(conclude(unnamed(before), evidence(Rows{named_one, old_one})).snapshot);
    CHECK(conclude(unnamed(before), evidence(Rows{new_one, named_one, old_one})).snapshot == new_one);
    CHECK(conclude(unnamed(before), evidence(Rows{older, old_one})).finding == Finding::not_created);
}

TEST_CASE("Without a baseline an unnamed snapshot can only be disproved") {
    CHECK(conclude(unnamed(), evidence(Rows{})).finding == Finding::not_created);
    CHECK(conclude(unnamed(), evidence(Rows{new_one})).finding == Finding::unknown);
}

TEST_CASE("A name that others may have used proves nothing by being there") {
    CHECK(conclude(named(Uniqueness::none), evidence(Rows{}, Rows{named_one})).finding == Finding::unknown);
    for (auto uniqueness : {Uniqueness::tag, Uniqueness::alias}) {
        auto const found = conclude(named(uniqueness), evidence(Rows{}, Rows{named_one}));
        CHECK(found.finding == Finding::created);
        CHECK(found.snapshot == named_one);
    }
}

TEST_CASE("A name that is not found proves nothing until it cannot be a remembered answer") {
    for (auto uniqueness : {Uniqueness::none, Uniqueness::tag}) {
        CHECK(conclude(named(uniqueness), evidence(Rows{}, Rows{}, 374s)).finding == Finding::unknown);
        CHECK(conclude(named(uniqueness), evidence(Rows{}, Rows{}, 375s)).finding == Finding::not_created);
    }
    CHECK(conclude(named(Uniqueness::tag), evidence(Rows{}, std::nullopt, 1h)).finding == Finding::unknown);
}

TEST_CASE("An alias of the request's own is decided by the sandbox's list") {
    auto const found = conclude(named(Uniqueness::alias), evidence(Rows{old_one, named_one}, Rows{}));
    CHECK(found.finding == Finding::created);
    CHECK(found.snapshot == named_one);
    CHECK(conclude(named(Uniqueness::alias), evidence(Rows{old_one}, Rows{})).finding ==
          Finding::not_created);
    CHECK(conclude(named(Uniqueness::alias), evidence(std::nullopt, Rows{})).finding == Finding::unknown);
}

TEST_CASE("The sandbox's list decides even where the name could not be looked up") {
    auto const found = conclude(named(Uniqueness::alias), evidence(Rows{old_one, named_one}, std::nullopt));
    CHECK(found.finding == Finding::created);
    CHECK(found.snapshot == named_one);
    CHECK(conclude(named(Uniqueness::alias), evidence(Rows{old_one}, std::nullopt)).finding ==
          Finding::not_created);
    CHECK(conclude(named(Uniqueness::tag), evidence(Rows{named_one}, std::nullopt)).finding ==
          Finding::unknown);
}

TEST_CASE("An alias is what stands between namespace and tag") {
    CHECK(alias_of("alias") == "alias");
    CHECK(alias_of("team/Alias:v1") == "alias");
    CHECK(alias_of("alias:v1.2") == "alias");
}
