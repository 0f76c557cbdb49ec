#include "unit/simulator/api_rig.hpp"

#include <algorithm>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

std::string text(boost::json::value const& value) {
    return std::string(value.as_string());
}

// The ids in a list of snapshots.
std::vector<std::string> ids(Answer const& answer) {
    CHECK(answer.reply.status == 200);
    std::vector<std::string> result;
    auto const body = json(answer);
    for (auto const& row : body.as_array())
        result.push_back(text(row.at("snapshotID")));
    return result;
}

} // namespace

TEST_CASE("an unnamed snapshot has an id and no names") {
    ApiRig rig;
    Answer const answer = rig.snapshot(0);
    CHECK(answer.reply.status == 201);
    CHECK(answer.reply.content_type == "application/json; charset=utf-8");
    auto const body = json(answer).as_object();
    CHECK(body.size() == 2);
    CHECK(text(body.at("snapshotID")).substr(20) == ":default");
    CHECK(body.at("names").as_array().empty());
}

TEST_CASE("a named snapshot has the team and the tag in its id, and its name without the tag") {
    ApiRig rig;
    for (auto const& [name, id] :
         {std::pair("mine", "team-sim/mine:default"), std::pair("mine:v2", "team-sim/mine:v2"),
          std::pair("team-sim/mine:v2", "team-sim/mine:v2"), std::pair(" Mine:V2 ", "team-sim/mine:v2")}) {
        Answer const answer = rig.snapshot(0, "{\"name\":\"" + std::string(name) + "\"}");
        CHECK(answer.reply.status == 201);
        CHECK(answer.reply.body ==
              R"({"snapshotID":")" + std::string(id) + R"(","names":["team-sim/mine"]})");
    }
    CHECK(rig.api.records().size() == 4);
}

TEST_CASE("a body that is not allowed is refused, and nothing happens") {
    ApiRig rig;
    for (auto const* const body :
         {"", "[]", "null", "{", "{}x", R"({"name":""})", R"({"name":7})", R"({"name":null})",
          R"({"memory":null})", R"({"memory":"false"})", R"({"name":"a b"})", R"({"name":"other/mine"})",
          R"({"name":"a:b:c"})", R"({"name":["a"]})"}) {
        INFO(body);
        CHECK(is_error(rig.snapshot(0, body), 400));
    }
    CHECK(is_error(rig.snapshot(0, R"({"name":")" + std::string(256, 'a') + R"("})"), 400));
    CHECK(rig.api.records().empty());
    CHECK(rig.snapshot(0, R"( {"name": "a", "more": [1, {}]} )").reply.status == 201);
    CHECK(rig.snapshot(0, R"({"other":1})").reply.status == 201);
}

TEST_CASE("the body must say that it is JSON") {
    ApiRig rig;
    for (auto const& type : {std::optional<std::string>(), std::optional<std::string>("text/plain"),
                             std::optional<std::string>("application/jsonx")}) {
        rig.content_type = type;
        CHECK(is_error(rig.snapshot(0), 400));
    }
    for (auto const* const type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                                   "application/json;charset=utf-8"}) {
        rig.content_type = type;
        CHECK(rig.snapshot(0).reply.status == 201);
    }
}

TEST_CASE("ids that cannot be are 400, those of nobody 404") {
    ApiRig rig;
    CHECK(is_error(rig.ask("POST", "/sandboxes/I0123/snapshots", "{}"), 400));
    CHECK(is_error(rig.ask("POST", "/sandboxes/a%2Fb/snapshots", "{}"), 400));
    CHECK(is_error(rig.ask("POST", "/sandboxes//snapshots", "{}"), 400));
    CHECK(is_error(rig.ask("POST", "/sandboxes/" + rig.id(0) + "-a-b/snapshots", "{}"), 400));
    CHECK(is_error(rig.ask("POST", "/sandboxes/i0123456789abcdefghij/snapshots", "{}"), 404));
    CHECK(rig.ask("POST", "/sandboxes/" + rig.id(0) + "-6532622b/snapshots", "{}").reply.status == 201);
    rig.api.platform().pause(1);
    CHECK(is_error(rig.snapshot(1), 404));
    rig.api.platform().kill(2, rig.now);
    CHECK(is_error(rig.snapshot(2), 404));
}

TEST_CASE("a sandbox whose envd is too old is refused and untouched") {
    ApiRig rig;
    rig.api.platform().sandboxes()[0].outdated = true;
    CHECK(is_error(rig.snapshot(0), 400));
    CHECK(rig.api.records().empty());
    auto const shown = json(rig.ask("GET", "/sandboxes/" + rig.id(0)));
    CHECK(shown.at("state") == "running");
    CHECK(shown.at("envdVersion") == "0.4.9");
    CHECK(rig.snapshot(1).reply.status == 201);
    rig.api.platform().pause(0);
    CHECK(is_error(rig.snapshot(0), 404));
}

TEST_CASE("answers that wait name their connection: created, conflict, busy, failed, gone") {
    SimulatorOptions options = api_options();
    options.latency = 20s;
    options.slots_per_node = 3;
    ApiRig rig(options);
    rig.begin(1, 0);
    rig.begin(2, 0);
    rig.begin(3, 1);
    rig.begin(4, 1);
    rig.begin(5, 2);
    rig.begin(6, 3);
    rig.api.platform().sandboxes()[4].latency = 1h;
    rig.advance(1s);
    rig.api.platform().kill(1, rig.now);
    rig.begin(7, 4);
    rig.advance(0s);
    CHECK(is_error(rig.answers.at(3), 500));
    CHECK(json(rig.answers.at(3)).at("message") == "Error creating snapshot template");
    CHECK(is_error(rig.answers.at(4), 404));
    rig.advance(15s);
    CHECK(is_error(rig.answers.at(7), 503));
    CHECK_FALSE(field(rig.answers.at(7), "Retry-After"));
    rig.advance(1min);
    CHECK(rig.answers.at(1).reply.status == 201);
    CHECK(is_error(rig.answers.at(2), 409));
    CHECK(rig.answers.at(5).reply.status == 201);
    CHECK(rig.answers.at(5).ready_at == 20s);
    CHECK(rig.answers.at(6).reply.status == 201);
}

TEST_CASE("snapshots are listed newest first, by page") {
    ApiRig rig;
    std::vector<std::string> made;
    for (int i = 0; i < 105; ++i)
        made.push_back(text(json(rig.snapshot(static_cast<SandboxIndex>(i % 2))).at("snapshotID")));
    std::reverse(made.begin(), made.end());

    Answer const first = rig.ask("GET", "/snapshots");
    CHECK(ids(first) == std::vector(made.begin(), made.begin() + 100));
    auto const token = field(first, "X-Next-Token");
    REQUIRE(token);
    Answer const second = rig.ask("GET", "/snapshots?nextToken=" + *token);
    CHECK(ids(second) == std::vector(made.begin() + 100, made.end()));
    CHECK_FALSE(field(second, "X-Next-Token"));

    // A last page that is full has no token either.
    CHECK_FALSE(field(rig.ask("GET", "/snapshots?limit=5&nextToken=" + *token), "X-Next-Token"));
    CHECK(field(rig.ask("GET", "/snapshots?limit=4&nextToken=" + *token), "X-Next-Token"));
    // What is made meanwhile does not move the pages.
    rig.snapshot(0);
    CHECK(ids(rig.ask("GET", "/snapshots?nextToken=" + *token)) == ids(second));
}

TEST_CASE("snapshots are found by sandbox and by name") {
    ApiRig rig;
    std::string const unnamed = text(json(rig.snapshot(0)).at("snapshotID"));
    rig.snapshot(1, R"({"name":"mine:v1"})");
    rig.snapshot(0, R"({"name":"mine:v2"})");
    auto const find = [&rig](std::string const& query) { return ids(rig.ask("GET", "/snapshots?" + query)); };
    using Ids = std::vector<std::string>;
    CHECK(find("sandboxID=" + rig.id(0)) == Ids{unnamed});
    CHECK(find("sandboxID=" + rig.id(0) + "-6532622b") == Ids{unnamed});
    CHECK(find("sandboxID=" + rig.id(1)) == Ids{"team-sim/mine:v2"});
    CHECK(find("sandboxID=" + rig.id(2)).empty());
    CHECK(find("sandboxID=i0123456789abcdefghij").empty());
    CHECK(find("name=mine:v1") == Ids{"team-sim/mine:v1"});
    CHECK(find("name=team-sim%2Fmine%3Av2") == Ids{"team-sim/mine:v2"});
    CHECK(find("name=mine") == Ids{"team-sim/mine:v2"}); // the newest, whatever its tag
    CHECK(find("name=mine:default").empty());
    CHECK(find("name=mine:v3").empty());
    CHECK(find("name=nobodys").empty());
    CHECK(find("name=other/mine:v1").empty());
    CHECK(find("name=" + unnamed) == Ids{unnamed});
    CHECK(find("name=" + unnamed.substr(0, 20)) == Ids{unnamed});
    CHECK(find("name=mine:v1&sandboxID=" + rig.id(1)) == Ids{"team-sim/mine:v1"});
    CHECK(find("name=mine:v1&sandboxID=" + rig.id(0)).empty());
    CHECK(rig.ask("GET", "/snapshots?name=mine:v1").reply.body ==
          R"([{"snapshotID":"team-sim/mine:v1","names":["team-sim/mine"]}])");
    // A sandbox that is gone has left its snapshots.
    rig.api.platform().kill(0, rig.now);
    CHECK(find("sandboxID=" + rig.id(0)) == Ids{unnamed});
}

TEST_CASE("queries that are not allowed") {
    ApiRig rig;
    for (auto const* const query : {"limit=0", "limit=101", "limit=", "limit=x", "limit=1x", "limit=-1",
                                    "nextToken=x", "nextToken=", "name=", "name=a%20b", "name=%", "x=%zz",
                                    "sandboxID=", "sandboxID=I0123", "sandboxID=a-b-c"}) {
        INFO(query);
        CHECK(is_error(rig.ask("GET", std::string("/snapshots?") + query), 400));
    }
    CHECK(ids(rig.ask("GET", "/snapshots?limit=100&unknown=1")).empty());
}

TEST_CASE("a template is deleted by id or name, with all its tags") {
    ApiRig rig;
    std::string const unnamed = text(json(rig.snapshot(0)).at("snapshotID"));
    rig.snapshot(0, R"({"name":"mine:v1"})");
    rig.snapshot(0, R"({"name":"mine:v2"})");
    Answer const deleted = rig.ask("DELETE", "/templates/team-sim%2Fmine%3Av1");
    CHECK(deleted.reply.status == 204);
    CHECK(deleted.reply.body.empty());
    CHECK(ids(rig.ask("GET", "/snapshots")) == std::vector{unnamed});
    CHECK(is_error(rig.ask("DELETE", "/templates/team-sim%2Fmine%3Av2"), 404));
    CHECK(rig.ask("DELETE", "/templates/" + unnamed.substr(0, 20) + "%3Adefault").reply.status == 204);
    CHECK(is_error(rig.ask("DELETE", "/templates/" + unnamed.substr(0, 20)), 404));
    CHECK(ids(rig.ask("GET", "/snapshots")).empty());
    CHECK(rig.api.records().size() == 3);
}

TEST_CASE("the longest name there is can be looked up and deleted by the id that it gets") {
    ApiRig rig;
    std::string const name(255, 'a');
    std::string const id = text(json(rig.snapshot(0, R"({"name":")" + name + R"("})")).at("snapshotID"));
    CHECK(id == "team-sim/" + name + ":default");
    CHECK(ids(rig.ask("GET", "/snapshots?name=" + id)) == std::vector{id});
    CHECK(rig.ask("DELETE", "/templates/team-sim%2F" + name + "%3Adefault").reply.status == 204);
}

TEST_CASE("templates that cannot be deleted") {
    ApiRig rig;
    std::string const id = text(json(rig.snapshot(0)).at("snapshotID"));
    CHECK(is_error(rig.ask("DELETE", "/templates/other%2Fmine"), 403));
    CHECK(is_error(rig.ask("DELETE", "/templates/base"), 403));
    CHECK(is_error(rig.ask("DELETE", "/templates/nobodys"), 404));
    CHECK(is_error(rig.ask("DELETE", "/templates/%zz"), 400));
    CHECK(is_error(rig.ask("DELETE", "/templates/a%20b"), 400));
    CHECK(is_error(rig.ask("DELETE", "/templates/"), 400));
    auto const body = R"({"templateID":")" + id + R"("})";
    auto const sandbox = text(json(rig.ask("POST", "/sandboxes", body)).at("sandboxID"));
    CHECK(rig.ask("POST", "/sandboxes/" + sandbox + "/pause").reply.status == 204);
    CHECK(is_error(rig.ask("DELETE", "/templates/" + id), 400));
    CHECK(rig.ask("DELETE", "/sandboxes/" + sandbox).reply.status == 204);
    CHECK(rig.ask("DELETE", "/templates/" + id).reply.status == 204);
}

TEST_CASE("snapshots without memory are asked for by a field, and refused with a word") {
    ApiRig rig;
    CHECK(rig.snapshot(0, R"({"memory":false})").reply.status == 201);
    CHECK(rig.snapshot(0, R"({"memory":true,"name":"a"})").reply.status == 201);
    CHECK_FALSE(rig.api.records()[0].memory);
    CHECK(rig.api.records()[1].memory);
    rig.api.platform().outdate_node(0);
    Answer const refused = rig.snapshot(0, R"({"memory":false})");
    CHECK(refused.reply.status == 409);
    CHECK(json(refused).at("error_code") == "snapshot_filesystem_only_unsupported_node");

    SimulatorOptions options = api_options();
    options.filesystem_snapshots = false;
    ApiRig forbidden(options);
    Answer const disabled = forbidden.snapshot(0, R"({"memory":false})");
    CHECK(disabled.reply.status == 400);
    CHECK(json(disabled).at("error_code") == "snapshot_filesystem_only_disabled");
    CHECK(forbidden.snapshot(0).reply.status == 201);
}

TEST_CASE("the ledger has every snapshot that was made, with its times") {
    SimulatorOptions options = api_options();
    options.latency = 4s;
    std::vector<SimulatedSnapshot> told;
    options.on_snapshot = [&told](SimulatedSnapshot const& record) { told.push_back(record); };
    ApiRig rig(options);
    rig.advance(1s);
    rig.begin(1, 0);
    rig.advance(1s);
    rig.begin(2, 1, R"({"name":"mine:v1"})");
    rig.advance(10s);
    auto const records = rig.api.records();
    REQUIRE(records.size() == 2);
    auto const epoch = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    CHECK(records[0].sandbox_id == rig.id(0));
    CHECK(records[0].snapshot_id == text(json(rig.answers.at(1)).at("snapshotID")));
    CHECK(records[0].names.empty());
    CHECK(records[0].started_at == epoch + 1s);
    CHECK(records[0].finished_at == epoch + 5s);
    CHECK(records[1].sandbox_id == rig.id(1));
    CHECK(records[1].snapshot_id == "team-sim/mine:v1");
    CHECK(records[1].names == std::vector<std::string>{"team-sim/mine"});
    CHECK(records[1].finished_at == epoch + 6s);
    REQUIRE(told.size() == 2);
    CHECK(told[1].snapshot_id == records[1].snapshot_id);
}
