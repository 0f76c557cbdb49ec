#include "core/reconcile.hpp"
#include "support/catch.hpp"

#include <utility>

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using Finding = Reconciliation::Finding;
using Rows = Evidence::Rows;
using Tags = Evidence::Tags;

namespace {

std::chrono::system_clock::time_point const settled = std::chrono::system_clock::time_point() + 1000h;

ReconcileRequest unnamed(std::optional<std::vector<std::string>> baseline = {}) {
    ReconcileRequest request("isandbox", {});
    request.baseline = std::move(baseline);
    return request;
}

ReconcileRequest named(NameUniqueness uniqueness, std::string name = "Team/Alias:V1") {
    ReconcileRequest request(SnapshotRequest("isandbox", std::move(name)), {});
    request.uniqueness = uniqueness;
    return request;
}

Failure failure(Errc error = Errc::server_error) {
    return Failure(Outcome::rejected, error, Phase::complete);
}

TemplateTag tag(std::string name, std::string build) {
    TemplateTag result;
    result.tag = std::move(name);
    result.build_id = std::move(build);
    return result;
}

TemplateInfo template_of(std::vector<std::pair<std::string, std::string>> builds, std::string next = {}) {
    TemplateInfo info;
    info.template_id = "0123456789abcdefghij";
    info.names = {"team/other", "team/alias"};
    for (auto& [id, status] : builds) {
        TemplateBuild build;
        build.build_id = std::move(id);
        build.status = std::move(status);
        info.builds.push_back(std::move(build));
    }
    info.next_token = std::move(next);
    return info;
}

SnapshotInfo row(std::string id, std::vector<std::string> names = {}, std::string status = {}) {
    SnapshotInfo info(std::move(id), std::move(names));
    info.status = std::move(status);
    return info;
}

// What a platform would say to each question, in an order that the questions choose.
struct Platform {
    Answer<Rows> of_sandbox{Rows(), {}};
    Answer<std::optional<Tags>> tags{std::optional<Tags>(), {}};
    Answer<std::optional<TemplateInfo>> builds{std::optional<TemplateInfo>(), {}};
    Answer<Rows> of_name{Rows(), {}};
    std::chrono::system_clock::duration asked = 0s;

    Platform& sandbox_has(Rows rows) { return of_sandbox = {std::move(rows), {}}, *this; }
    Platform& name_has(Rows rows) { return of_name = {std::move(rows), {}}, *this; }
    Platform& has_tags(Tags all) { return tags = {std::optional<Tags>(std::move(all)), {}}, *this; }
    Platform& has_builds(TemplateInfo info) { return builds = {std::optional(std::move(info)), {}}, *this; }
    Platform& has_no_tags(Errc error) { return tags = {std::nullopt, failure(error)}, *this; }
    Platform& is_asked(std::chrono::system_clock::duration after) { return asked = after, *this; }
};

struct Told {
    Reconciliation result;
    std::vector<Question> asked;
};

Told ask(ReconcileRequest const& request, Platform const& platform) {
    Evidence evidence;
    evidence.settled_at = settled;
    evidence.asked_at = settled + platform.asked;
    Told told;
    for (int i = 0; i != 10; ++i) {
        auto step = next_step(request, evidence);
        if (auto* const result = std::get_if<Reconciliation>(&step)) {
            told.result = std::move(*result);
            break;
        }
        told.asked.push_back(std::get<Question>(step));
        switch (told.asked.back()) {
        case Question::snapshots_of_sandbox:
            evidence.of_sandbox = platform.of_sandbox;
            break;
        case Question::tags:
            evidence.tags = platform.tags;
            break;
        case Question::builds:
            evidence.builds = platform.builds;
            break;
        case Question::snapshots_of_name:
            evidence.of_name = platform.of_name;
            break;
        }
    }
    CHECK_FALSE(told.result.reason.empty());
    CHECK(told.result.snapshot.has_value() == (told.result.finding == Finding::created));
    return told;
}

Reconciliation concluded(ReconcileRequest const& request, Platform const& platform) {
    return ask(request, platform).result;
}

auto const old_one = row("old:default");
auto const new_one = row("new:default");
auto const named_one = row("team/alias:v1", {"team/alias"});

} // namespace

TEST_CASE("Nothing is asked while the platform may be at work", "[reconcile]") {
    for (auto const& request : {unnamed(std::vector<std::string>()), named(NameUniqueness::alias)}) {
        auto const told = ask(request, Platform().is_asked(-1ns));
        CHECK(told.asked.empty());
        CHECK(told.result.finding == Finding::unknown);
        CHECK(told.result.sure_from == settled);
        CHECK(concluded(request, Platform()).finding == Finding::not_created);
    }
}

TEST_CASE("An unnamed snapshot is found by comparing before with after", "[reconcile]") {
    auto const before = std::vector<std::string>{"old:default"};
    auto const with = [&](Rows rows) { return concluded(unnamed(before), Platform().sandbox_has(rows)); };
    CHECK(with({new_one, old_one}).snapshot == new_one);
    CHECK(with({new_one, named_one}).snapshot == new_one);
    CHECK(with({old_one}).finding == Finding::not_created);
    auto const several = with({new_one, row("other:default")});
    CHECK(several.finding == Finding::unknown);
    CHECK_FALSE(several.sure_from);
    CHECK(ask(unnamed(before), Platform().sandbox_has({new_one})).asked ==
          std::vector{Question::snapshots_of_sandbox});
}

TEST_CASE("An unnamed snapshot may have its id for a name", "[reconcile]") {
    auto const before = std::vector<std::string>{"snap-1"};
    auto const made = row("snap-2", {"snap-2"});
    CHECK(concluded(unnamed(before), Platform().sandbox_has({made, row("snap-1", {"snap-1"})})).snapshot ==
          made);
}

TEST_CASE("A snapshot that is listed but failed is none, and one that is at work may become one",
          "[reconcile]") {
    auto const before = std::vector<std::string>();
    auto const with = [&](Rows rows) { return concluded(unnamed(before), Platform().sandbox_has(rows)); };
    CHECK(with({row("snap-1", {}, "FAILED")}).finding == Finding::not_created);
    CHECK(with({row("snap-1", {}, "READY")}).finding == Finding::created);
    auto const at_work = with({row("snap-1", {}, "CREATING")});
    CHECK(at_work.finding == Finding::unknown);
    CHECK(at_work.sure_from == settled);

    auto const own = named(NameUniqueness::alias, "alias");
    auto const of_name = [&](std::string status) {
        auto const rows = Rows{row("snap-1", {"alias"}, std::move(status))};
        return concluded(own,
                         Platform().sandbox_has(rows).name_has(rows).has_no_tags(Errc::no_such_endpoint));
    };
    CHECK(of_name("READY").finding == Finding::created);
    CHECK(of_name("FAILED").finding == Finding::not_created);
    CHECK(of_name("CREATING").finding == Finding::unknown);
}

TEST_CASE("A named snapshot neither is an unnamed request's nor disproves that there is one", "[reconcile]") {
    auto const before = std::vector<std::string>{"old:default", "team/older:v1"};
    auto const older = row("team/older:v1", {"team/older"});
    auto const with = [&](Rows rows) { return concluded(unnamed(before), Platform().sandbox_has(rows)); };
    CHECK(with({named_one, old_one}).finding == Finding::unknown);
    CHECK(with({new_one, named_one, old_one}).snapshot == new_one);
    CHECK(with({older, old_one}).finding == Finding::not_created);
}

TEST_CASE("Without a baseline an unnamed snapshot can only be disproved", "[reconcile]") {
    CHECK(concluded(unnamed(), Platform()).finding == Finding::not_created);
    auto const found = concluded(unnamed(), Platform().sandbox_has({new_one}));
    CHECK(found.finding == Finding::unknown);
    CHECK_FALSE(found.sure_from);
}

TEST_CASE("What could not be asked can be asked later, except where there is no such endpoint",
          "[reconcile]") {
    Platform platform;
    platform.of_sandbox = {std::nullopt, failure()};
    auto const failed = concluded(unnamed(), platform);
    CHECK(failed.finding == Finding::unknown);
    CHECK(failed.sure_from == settled);
    CHECK(failed.reason.find("could not be listed: ") != std::string::npos);
    platform.of_sandbox = {std::nullopt, failure(Errc::no_such_endpoint)};
    CHECK_FALSE(concluded(unnamed(), platform).sure_from);
}

TEST_CASE("A tag that the template does not have proves that no build carries it", "[reconcile]") {
    for (auto const uniqueness : {NameUniqueness::none, NameUniqueness::tag, NameUniqueness::alias}) {
        auto const told = ask(named(uniqueness), Platform().has_tags({tag("default", "b1")}));
        CHECK(told.result.finding == Finding::not_created);
        CHECK(told.asked.back() == Question::tags);
    }
}

TEST_CASE("A tag that the template has proves nothing where others may have given it", "[reconcile]") {
    auto const found =
        concluded(named(NameUniqueness::none),
                  Platform().has_tags({tag("v1", "b1")}).has_builds(template_of({{"b1", "ready"}})));
    CHECK(found.finding == Finding::unknown);
    CHECK_FALSE(found.sure_from);
}

TEST_CASE("A build of an ordinary template is proved by its status", "[reconcile]") {
    auto const with = [](TemplateInfo info) {
        return concluded(
            named(NameUniqueness::tag),
            Platform().has_tags({tag("default", "b1"), tag("v1", "b2")}).has_builds(std::move(info)));
    };
    auto const made = with(template_of({{"b2", "ready"}, {"b1", "error"}}));
    CHECK(made.finding == Finding::created);
    CHECK(made.snapshot == SnapshotInfo("team/alias:v1", {"team/other", "team/alias"}));
    CHECK(with(template_of({{"b2", "error"}, {"b1", "ready"}})).finding == Finding::not_created);
    for (auto const& unsure :
         {template_of({{"b2", "building"}, {"b1", "ready"}}), template_of({{"b1", "ready"}})}) {
        CHECK(with(unsure).finding == Finding::unknown);
        CHECK(with(unsure).sure_from == settled);
    }
}

TEST_CASE("A template without the name shows its id in place of it", "[reconcile]") {
    auto info = template_of({{"b2", "ready"}});
    info.names.clear();
    auto const made = concluded(named(NameUniqueness::tag, "0123456789abcdefghij:v1"),
                                Platform().has_tags({tag("v1", "b2")}).has_builds(info));
    CHECK(made.snapshot == SnapshotInfo("0123456789abcdefghij:v1", {}));
}

TEST_CASE("Builds are looked through page by page until the one is found", "[reconcile]") {
    Evidence evidence;
    evidence.settled_at = evidence.asked_at = settled;
    evidence.of_sandbox = Answer<Rows>{Rows(), {}};
    evidence.of_name = Answer<Rows>{Rows(), {}};
    evidence.tags = Answer<std::optional<Tags>>{Tags{tag("v1", "b9")}, {}};
    evidence.builds = Answer<std::optional<TemplateInfo>>{template_of({{"b1", "ready"}}, "more"), {}};
    auto const request = named(NameUniqueness::tag);
    CHECK(std::get<Question>(next_step(request, evidence)) == Question::builds);
    (*evidence.builds->value)->builds.push_back(template_of({{"b9", "ready"}}).builds.front());
    CHECK(std::get<Reconciliation>(next_step(request, evidence)).finding == Finding::created);
}

TEST_CASE("Where builds cannot be looked at, a tag alone claims nothing", "[reconcile]") {
    Platform platform;
    platform.has_tags({tag("v1", "b1")});
    CHECK(concluded(named(NameUniqueness::tag), platform).finding == Finding::unknown);
    platform.builds = {std::nullopt, failure(Errc::no_such_endpoint)};
    CHECK(concluded(named(NameUniqueness::tag), platform).finding == Finding::unknown);
    CHECK(concluded(named(NameUniqueness::tag), platform.name_has({named_one})).snapshot == named_one);
}

TEST_CASE("A name that others may have used proves nothing by being there", "[reconcile]") {
    auto const platform = Platform().name_has({named_one}).has_no_tags(Errc::no_such_endpoint);
    CHECK(concluded(named(NameUniqueness::none), platform).finding == Finding::unknown);
    for (auto uniqueness : {NameUniqueness::tag, NameUniqueness::alias})
        CHECK(concluded(named(uniqueness), platform).snapshot == named_one);
}

TEST_CASE("A row counts only if its alias and its tag are those asked for", "[reconcile]") {
    for (auto const& other :
         {row("team/alias:v2", {"team/alias"}), row("team/alias:default", {"team/alias"}),
          row("team/alias2:v1", {"team/alias2"}), row("snap-1", {"alias"}), row("snap-1", {"alias:v2"})}) {
        INFO(other.snapshot_id);
        auto const platform =
            Platform().sandbox_has({other}).name_has({other}).has_no_tags(Errc::no_such_endpoint);
        CHECK(concluded(named(NameUniqueness::tag), platform).finding == Finding::unknown);
        CHECK(concluded(named(NameUniqueness::alias), platform).finding != Finding::created);
    }
    for (auto const& ours : {row("team/ALIAS:v1", {"team/alias"}), row("snap-1", {"Team Name/alias:v1"}),
                             row("0123456789abcdefghij:v1", {"team/alias"})}) {
        INFO(ours.snapshot_id);
        CHECK(concluded(named(NameUniqueness::tag), Platform().sandbox_has({ours})).snapshot == ours);
    }
    // Without a tag, the tag is the default one.
    CHECK(concluded(named(NameUniqueness::alias, "alias"), Platform().sandbox_has({row("snap-1", {"alias"})}))
              .finding == Finding::created);
    CHECK(concluded(named(NameUniqueness::alias, "alias"), Platform().sandbox_has({named_one})).finding ==
          Finding::not_created);
}

TEST_CASE("A name that is not found proves nothing until it cannot be a remembered answer", "[reconcile]") {
    for (auto uniqueness : {NameUniqueness::none, NameUniqueness::tag}) {
        auto const early = concluded(named(uniqueness), Platform().is_asked(5min - 1ns));
        CHECK(early.finding == Finding::unknown);
        CHECK(early.sure_from == settled + 5min);
        CHECK(concluded(named(uniqueness), Platform().is_asked(5min)).finding == Finding::not_created);
    }
    Platform platform;
    platform.is_asked(1h).of_name = {std::nullopt, failure()};
    CHECK(concluded(named(NameUniqueness::tag), platform).finding == Finding::unknown);
}

TEST_CASE("A server that lists others for a name proves nothing by what it lacks", "[reconcile]") {
    auto const found = concluded(named(NameUniqueness::tag), Platform().name_has({old_one}).is_asked(1h));
    CHECK(found.finding == Finding::unknown);
    CHECK_FALSE(found.sure_from);
    CHECK(found.reason.find("does not filter") != std::string::npos);
}

TEST_CASE("An empty list proves nothing where the tags could not be had", "[reconcile]") {
    for (auto const error : {Errc::no_such_endpoint, Errc::server_error}) {
        auto const found = concluded(named(NameUniqueness::tag), Platform().has_no_tags(error).is_asked(1h));
        CHECK(found.finding == Finding::unknown);
        CHECK(found.sure_from.has_value() == (error == Errc::server_error));
    }
}

TEST_CASE("An alias of the request's own is decided by the sandbox's list", "[reconcile]") {
    auto const own = named(NameUniqueness::alias);
    auto const told = ask(own, Platform().sandbox_has({old_one, named_one}));
    CHECK(told.result.snapshot == named_one);
    CHECK(told.asked == std::vector{Question::snapshots_of_sandbox});

    CHECK(concluded(own, Platform().sandbox_has({row("team/other:v1", {"team/other"})})).finding ==
          Finding::not_created);
    Platform unlisted;
    unlisted.of_sandbox = {std::nullopt, failure()};
    CHECK(concluded(own, unlisted).finding == Finding::unknown);
    CHECK(concluded(own, unlisted.is_asked(5min)).finding == Finding::not_created);
}

TEST_CASE("A list that shows no names may show an alias of the request's own as well", "[reconcile]") {
    auto own = named(NameUniqueness::alias);
    auto silent = Platform().sandbox_has({old_one}).has_no_tags(Errc::no_such_endpoint).name_has({old_one});
    CHECK(concluded(own, silent).finding == Finding::unknown);
    // A server that filters by name knows it.
    CHECK(concluded(own, silent.name_has({})).finding == Finding::not_created);
    silent.of_name = {std::nullopt, failure()};
    CHECK(concluded(own, silent).finding == Finding::unknown);
    own.baseline = {old_one.snapshot_id};
    CHECK(concluded(own, silent).finding == Finding::not_created);
}
