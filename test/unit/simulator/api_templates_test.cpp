// Templates with their tags and builds, as snapshots and template builds leave them.
#include "unit/simulator/api_rig.hpp"

#include <set>
#include <vector>

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

std::string text(boost::json::value const& value) {
    return std::string(value.as_string());
}

// The tags of a template and their builds.
std::map<std::string, std::string> tags(ApiRig& rig, std::string const& name) {
    Answer const answer = rig.ask("GET", "/templates/" + name + "/tags");
    REQUIRE(answer.reply.status == 200);
    std::map<std::string, std::string> result;
    auto const rows = json(answer);
    for (auto const& row : rows.as_array())
        result[text(row.at("tag"))] = text(row.at("buildID"));
    return result;
}

std::string template_id(ApiRig& rig, std::string const& alias) {
    return text(json(rig.ask("GET", "/templates/aliases/" + alias)).at("templateID"));
}

// The builds of a template and their states.
std::map<std::string, std::string> builds(ApiRig& rig, std::string const& id) {
    std::map<std::string, std::string> result;
    auto const answer = json(rig.ask("GET", "/templates/" + id));
    for (auto const& row : answer.at("builds").as_array())
        result[text(row.at("buildID"))] = text(row.at("status"));
    return result;
}

SimulatorOptions slow_options() {
    SimulatorOptions options = api_options();
    options.latency = 4s;
    return options;
}

} // namespace

TEST_CASE("a tag is listed from when its snapshot is begun, its build is ready when that is made") {
    ApiRig rig(slow_options());
    rig.begin(1, 0, R"({"name":"mine:v1"})");
    rig.api.platform().templates().add_ordinary("other"); // and nothing of it is seen here
    // The name was looked up in vain, and is believed missing until it is made.
    CHECK(is_error(rig.ask("GET", "/templates/mine/tags"), 404));
    CHECK(is_error(rig.ask("GET", "/templates/aliases/mine"), 404));
    auto const id = rig.api.platform().templates().id(2 - 1);
    REQUIRE(tags(rig, id).size() == 1);
    auto const build = tags(rig, id).at("v1");
    CHECK(build.size() == 36);
    CHECK(builds(rig, id).at(build) == "building");
    rig.advance(4s);
    CHECK(tags(rig, "mine").at("v1") == build);
    CHECK(tags(rig, "team-sim%2Fmine%3Aany").at("v1") == build);
    CHECK(template_id(rig, "mine") == id);
    CHECK(template_id(rig, "mine:v1") == id);
    CHECK(is_error(rig.ask("GET", "/templates/aliases/mine:v2"), 404));
    CHECK(builds(rig, id).at(build) == "ready");
}

TEST_CASE("the tag of a snapshot that failed stays, and its build says so") {
    ApiRig rig(slow_options());
    rig.api.platform().add_template("web", rig.now);
    rig.api.platform().cancel(rig.begin(1, 0, R"({"name":"web:v1"})"), rig.now);
    auto const all = tags(rig, "web");
    CHECK(all.size() == 2);
    auto const states = builds(rig, template_id(rig, "web"));
    CHECK(states.at(all.at("v1")) == "error");
    CHECK(states.at(all.at("default")) == "ready");
}

TEST_CASE("snapshots of an ordinary template are seen by its tags alone") {
    ApiRig rig;
    rig.api.platform().add_template("web", rig.now);
    rig.snapshot(0, R"({"name":"web:v1"})");
    CHECK(rig.ask("GET", "/snapshots?name=web:v1").reply.body == "[]");
    CHECK(rig.ask("GET", "/snapshots?name=web").reply.body == "[]");
    CHECK(rig.ask("GET", "/snapshots?sandboxID=" + rig.id(0)).reply.body == "[]");
    CHECK(tags(rig, "web").contains("v1"));
}

TEST_CASE("a template is shown by its raw id, with its builds by page, newest first") {
    ApiRig rig;
    for (int i = 0; i < 5; ++i)
        rig.snapshot(0, R"({"name":"mine:v)" + std::to_string(i) + "\"}");
    auto const id = template_id(rig, "mine");
    CHECK(is_error(rig.ask("GET", "/templates/mine"), 404));
    CHECK(is_error(rig.ask("GET", "/templates/nobodys"), 404));
    auto const all = json(rig.ask("GET", "/templates/" + id));
    CHECK(text(all.at("templateID")) == id);
    CHECK(text(all.at("names").at(0)) == "team-sim/mine");
    std::vector<std::string> whole;
    for (auto const& row : all.at("builds").as_array())
        whole.push_back(text(row.at("buildID")));
    REQUIRE(whole.size() == 5);
    CHECK(whole[0] == tags(rig, "mine").at("v4"));
    std::vector<std::string> paged;
    std::string token;
    do {
        Answer const page = rig.ask("GET", "/templates/" + id + "?limit=2" + token);
        auto const shown = json(page);
        for (auto const& row : shown.at("builds").as_array())
            paged.push_back(text(row.at("buildID")));
        auto const next = field(page, "X-Next-Token");
        token = next ? "&nextToken=" + *next : "";
    } while (!token.empty());
    CHECK(paged == whole);
    CHECK(is_error(rig.ask("GET", "/templates/" + id + "?limit=0"), 400));
    CHECK(is_error(rig.ask("GET", "/templates/" + id + "?nextToken=x"), 400));
}

TEST_CASE("tags are given to what is ready, and taken away") {
    ApiRig rig;
    rig.snapshot(0, R"({"name":"mine:v1"})");
    auto const build = tags(rig, "mine").at("v1");
    Answer const given = rig.ask("POST", "/templates/tags", R"({"target":"mine:v1","tags":["Best","v2"]})");
    CHECK(given.reply.status == 201);
    CHECK(given.reply.body == R"({"tags":["best","v2"],"buildID":")" + build + "\"}");
    CHECK(tags(rig, "mine").at("best") == build);
    CHECK(rig.ask("GET", "/snapshots?name=mine:v2").reply.body ==
          R"([{"snapshotID":"team-sim/mine:v2","names":["team-sim/mine"]}])");
    CHECK(
        rig.ask("DELETE", "/templates/tags", R"({"name":"mine","tags":["v1","v2","never"]})").reply.status ==
        204);
    CHECK(tags(rig, "mine").size() == 1);
    CHECK(rig.ask("GET", "/snapshots?name=mine:v1").reply.body == "[]");
    for (auto const* const body :
         {"", "{}", R"({"target":"mine:best"})", R"({"target":"mine:best","tags":[]})",
          R"({"target":"mine:best","tags":["a b"]})", R"({"target":"a b","tags":["c"]})"}) {
        INFO(body);
        CHECK(is_error(rig.ask("POST", "/templates/tags", body), 400));
    }
    for (auto const* const body :
         {"", R"({"name":"mine","tags":["default"]})", R"({"name":"mine:best","tags":["c"]})"}) {
        INFO(body);
        CHECK(is_error(rig.ask("DELETE", "/templates/tags", body), 400));
    }
    CHECK(is_error(rig.ask("POST", "/templates/tags", R"({"target":"mine:no","tags":["c"]})"), 404));
    CHECK(is_error(rig.ask("DELETE", "/templates/tags", R"({"name":"nobodys","tags":["c"]})"), 404));
}

TEST_CASE("templates of others cannot be looked into") {
    ApiRig rig;
    auto const base = rig.api.platform().templates().id(Platform::base_template());
    CHECK(is_error(rig.ask("GET", "/templates/base/tags"), 403));
    CHECK(is_error(rig.ask("GET", "/templates/aliases/base"), 403));
    CHECK(is_error(rig.ask("GET", "/templates/" + base), 403));
    CHECK(is_error(rig.ask("GET", "/templates/a%20b/tags"), 400));
    CHECK(is_error(rig.ask("GET", "/templates/aliases/a%20b"), 400));
}
