// The other servers that speak this API: what of them a client must bear.
#include "unit/simulator/api_rig.hpp"

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

using Profile = SimulatorOptions::Profile;

SimulatorOptions options_of(Profile profile) {
    SimulatorOptions options = api_options();
    options.profile = profile;
    return options;
}

class ProfileRig : public ApiRig {
public:
    explicit ProfileRig(SimulatorOptions const& options) : ApiRig(options) {}
    explicit ProfileRig(Profile profile) : ApiRig(options_of(profile)) {}

    Answer send(std::string_view method, std::string const& path, std::string_view body = {}) {
        return ask(method, std::string(api.prefix()) + path, body);
    }
    Answer create(SandboxIndex sandbox, std::string_view body = "{}") {
        return send("POST", "/sandboxes/" + id(sandbox) + "/snapshots", body);
    }
};

std::string text(boost::json::value const& value) {
    return std::string(value.as_string());
}

std::string snapshot_id(Answer const& answer) {
    REQUIRE(answer.reply.status == 201);
    return text(json(answer).at("snapshotID"));
}

} // namespace

TEST_CASE("kruise: no names, other ids, a path prefix") {
    ProfileRig rig(Profile::kruise);
    CHECK(rig.api.prefix() == "/kruise/api");
    CHECK(rig.ask("GET", "/snapshots").reply.body == "404 page not found\n");
    CHECK(rig.id(0).size() == 22);
    CHECK(rig.id(0).starts_with("default--"));
    auto const first = snapshot_id(rig.create(0));
    CHECK(first.size() == 13);
    CHECK(rig.create(0, R"({"name":"mine:v1"})").reply.body.ends_with(R"(","names":null})"));
    CHECK(rig.create(0, R"({"name":"no name at all"})").reply.status == 201);
    CHECK(json(rig.send("GET", "/snapshots?sandboxID=" + rig.id(0))).as_array().size() == 3);
    CHECK(json(rig.send("GET", "/snapshots?sandboxID=" + rig.id(1))).as_array().empty());
    // A name filters nothing.
    CHECK(json(rig.send("GET", "/snapshots?name=nobodys")).as_array().size() == 3);
    CHECK(rig.send("DELETE", "/templates/" + first).reply.status == 204);
    CHECK(rig.send("DELETE", "/templates/" + first).reply.status == 204);
    CHECK(json(rig.send("GET", "/snapshots")).as_array().size() == 2);
}

TEST_CASE("kruise: a sandbox that does not run is 400, and much is not there") {
    ProfileRig rig(Profile::kruise);
    rig.api.platform().pause(0);
    CHECK(is_error(rig.create(0), 400));
    rig.api.platform().kill(1, rig.now);
    CHECK(is_error(rig.create(1), 404));
    CHECK(rig.send("GET", "/templates/x/tags").reply.body == "404 page not found\n");
    CHECK(rig.send("GET", "/templates/aliases/x").reply.body == "404 page not found\n");
    Answer const by_v2 = rig.send("POST", "/v2/sandboxes", R"({"templateID":"base"})");
    CHECK(by_v2.reply.status == 405);
    CHECK(by_v2.reply.content_type.starts_with("text/plain"));
    CHECK(rig.send("POST", "/sandboxes", R"({"templateID":"base"})").reply.status == 201);
    CHECK(field(rig.create(2), "X-Request-ID"));
    CHECK_FALSE(field(rig.create(2), "X-E2B-Trace-ID"));
    CHECK(rig.create(2, R"({"memory":false})").reply.status == 201);
    CHECK(rig.api.records().back().memory);
}

TEST_CASE("cube: names are labels of snapshots that have ids of their own") {
    ProfileRig rig(Profile::cube);
    auto const unnamed = rig.create(0);
    auto const id = snapshot_id(unnamed);
    CHECK(id.starts_with("snap-"));
    CHECK(text(json(unnamed).at("names").at(0)) == id);
    auto const named = rig.create(0, R"({"name":"Nightly:v1"})");
    CHECK(snapshot_id(named) != id);
    CHECK(text(json(named).at("names").at(0)) == "Nightly:v1");
    CHECK(snapshot_id(rig.create(1, R"({"name":"Nightly:v1"})")) != snapshot_id(named));
    auto const rows = json(rig.send("GET", "/snapshots?name=nobodys")).as_array();
    REQUIRE(rows.size() == 3);
    CHECK(text(rows[2].at("status")) == "READY");
    CHECK(text(rows[2].at("originSandboxID")) == rig.id(0));
    Answer const deleted = rig.send("DELETE", "/templates/" + id);
    CHECK(deleted.reply.status == 200);
    CHECK(text(json(deleted).at("templateID")) == id);
    CHECK(is_error(rig.send("DELETE", "/templates/" + id), 404));
    Answer const missing = rig.send("GET", "/templates/x/tags");
    CHECK(missing.reply.status == 404);
    CHECK(missing.reply.body.empty());
    CHECK(rig.send("POST", "/v2/sandboxes", "{}").reply.status == 405);
    CHECK(is_error(rig.send("GET", "/templates/aliases/x"), 404));
}

TEST_CASE("cube: what takes longer than 240 s is told 408, and made all the same") {
    SimulatorOptions options = options_of(Profile::cube);
    options.latency = 245s;
    ProfileRig rig(options);
    rig.begin_at(1, std::string(rig.api.prefix()) + "/sandboxes/" + rig.id(0) + "/snapshots");
    rig.advance(240s - 1ns);
    CHECK(rig.answers.empty());
    CHECK(text(json(rig.send("GET", "/snapshots")).at(0).at("status")) == "CREATING");
    rig.advance(1ns);
    REQUIRE(rig.answers.contains(1));
    CHECK(rig.answers.at(1).reply.status == 408);
    CHECK(rig.answers.at(1).reply.body.empty());
    CHECK(rig.api.records().empty());
    rig.advance(5s);
    CHECK(rig.answers.size() == 1);
    CHECK(rig.api.records().size() == 1);
    CHECK(text(json(rig.send("GET", "/snapshots")).at(0).at("status")) == "READY");
}

TEST_CASE("cube: what failed stays in the lists, a busy node says when to come again, a limiter does not") {
    SimulatorOptions options = options_of(Profile::cube);
    options.slots_per_node = 1;
    options.queue_timeout = 0s;
    options.latency = 4s;
    options.rate_limit = 3;
    options.rate_window = 1h;
    ProfileRig rig(options);
    rig.begin_at(1, std::string(rig.api.prefix()) + "/sandboxes/" + rig.id(0) + "/snapshots");
    Answer const busy = rig.create(1);
    CHECK(is_error(busy, 503));
    CHECK(field(busy, "Retry-After") == "1");
    auto const rows = json(rig.send("GET", "/snapshots")).as_array();
    REQUIRE(rows.size() == 2);
    CHECK(text(rows[0].at("status")) == "FAILED");
    Answer const limited = rig.create(1);
    CHECK(is_error(limited, 429));
    CHECK_FALSE(field(limited, "Retry-After"));
}

TEST_CASE("older: whatever fails kills the sandbox, and is told as the ambiguous 500") {
    SimulatorOptions options = options_of(Profile::older);
    options.slots_per_node = 1;
    options.latency = 100s;
    ProfileRig rig(options);
    auto const working = rig.begin(1, 0);
    rig.begin(2, 1);
    rig.advance(15s); // no slot came free
    CHECK(is_error(rig.answers.at(2), 500));
    CHECK(is_error(rig.ask("GET", "/sandboxes/" + rig.id(1)), 404));
    rig.api.platform().cancel(working, rig.now);
    CHECK(is_error(rig.ask("GET", "/sandboxes/" + rig.id(0)), 404));
    rig.begin(3, 2);
    rig.advance(70s);
    CHECK(is_error(rig.answers.at(3), 500));
    CHECK(is_error(rig.ask("GET", "/sandboxes/" + rig.id(2)), 404));
    CHECK(rig.api.platform().lost() == 0);
    CHECK(json(rig.ask("POST", "/v2/sandboxes", R"({"templateID":"base"})")).at("message") ==
          "validation error: method not allowed");
    CHECK(rig.ask("POST", "/sandboxes", R"({"templateID":"base"})").reply.status == 201);
}

TEST_CASE("older: tags are there, but a name does not filter") {
    ProfileRig rig(Profile::older);
    rig.create(0, R"({"name":"mine:v1","memory":false})");
    rig.create(1);
    CHECK(json(rig.ask("GET", "/snapshots?name=nobodys")).as_array().size() == 2);
    CHECK(json(rig.ask("GET", "/templates/mine/tags")).as_array().size() == 1);
    CHECK(rig.api.records()[0].memory);
}

TEST_CASE("none: sandboxes, and nothing of snapshots") {
    ProfileRig rig(Profile::none);
    for (auto const& [method, path] :
         {std::pair("POST", "/sandboxes/" + rig.id(0) + "/snapshots"),
          std::pair("GET", std::string("/snapshots")), std::pair("DELETE", std::string("/templates/x")),
          std::pair("GET", std::string("/templates/x/tags"))}) {
        Answer const answer = rig.ask(method, path, "{}");
        CHECK(answer.reply.status == 404);
        CHECK(answer.reply.body == "404 page not found");
    }
    CHECK(rig.ask("GET", "/sandboxes/" + rig.id(0)).reply.status == 200);
    CHECK(rig.ask("GET", "/v2/sandboxes").reply.status == 200);
}
