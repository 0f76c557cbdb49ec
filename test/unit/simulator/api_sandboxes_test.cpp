#include "unit/simulator/api_rig.hpp"

using namespace e2b;
using namespace e2b::sim;
using namespace e2b::sim::test;

namespace {

std::string text(boost::json::value const& value) {
    return std::string(value.as_string());
}

std::vector<std::string> ids(Answer const& answer) {
    CHECK(answer.reply.status == 200);
    std::vector<std::string> result;
    auto const body = json(answer);
    for (auto const& row : body.as_array())
        result.push_back(text(row.at("sandboxID")));
    return result;
}

} // namespace

TEST_CASE("a sandbox is shown with all that the platform says of one") {
    ApiRig rig;
    auto const body = json(rig.ask("GET", "/sandboxes/" + rig.id(0))).as_object();
    CHECK(text(body.at("sandboxID")) == rig.id(0));
    CHECK(body.at("templateID").as_string().size() == 20);
    CHECK(body.at("alias") == "base");
    CHECK(body.at("clientID").is_string());
    CHECK(body.at("startedAt") == "2026-01-01T00:00:00.000Z");
    CHECK(body.at("endAt").is_string());
    CHECK(body.at("state") == "running");
    CHECK(body.at("envdVersion").is_string());
    for (auto const* const number : {"cpuCount", "memoryMB", "diskSizeMB"})
        CHECK(body.at(number).as_int64() > 0);
    CHECK_FALSE(body.contains("metadata"));
}

TEST_CASE("what becomes of a sandbox shows") {
    SimulatorOptions options = api_options();
    options.latency = 4s;
    ApiRig rig(options);
    std::string const target = "/sandboxes/" + rig.id(0);
    rig.begin(1, 0);
    CHECK(json(rig.ask("GET", target)).at("state") == "running"); // as the platform says it
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")).size() == 4);      // and yet it is not listed
    CHECK(field(rig.ask("GET", "/v2/sandboxes"), "X-Total-Running") == "4");
    CHECK(is_error(rig.ask("POST", target + "/pause"), 409));
    rig.advance(4s);
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")).size() == 5);
    CHECK(rig.ask("POST", target + "/pause").reply.status == 204);
    CHECK(json(rig.ask("GET", target)).at("state") == "paused");
    CHECK(is_error(rig.ask("POST", target + "/pause"), 409));
    CHECK(rig.ask("DELETE", target).reply.status == 204);
    CHECK(is_error(rig.ask("GET", target), 404));
    CHECK(is_error(rig.ask("DELETE", target), 404));
    CHECK(is_error(rig.ask("POST", target + "/pause"), 404));
    CHECK(is_error(rig.ask("GET", "/sandboxes/NO"), 400));
}

TEST_CASE("sandboxes are listed in both orders, by page, and a token fits one order only") {
    ApiRig rig;
    std::vector<std::string> all;
    for (SandboxIndex i = 0; i < 5; ++i)
        all.push_back(rig.id(i));
    CHECK(ids(rig.ask("GET", "/v2/sandboxes?order=asc")) == all);
    std::vector<std::string> const newest_first(all.rbegin(), all.rend());
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")) == newest_first);

    Answer const first = rig.ask("GET", "/v2/sandboxes?limit=3&order=asc");
    CHECK(ids(first) == std::vector(all.begin(), all.begin() + 3));
    CHECK(field(first, "X-Total-Running") == "5");
    auto const token = field(first, "X-Next-Token").value();
    Answer const second = rig.ask("GET", "/v2/sandboxes?limit=3&order=asc&nextToken=" + token);
    CHECK(ids(second) == std::vector(all.begin() + 3, all.end()));
    CHECK_FALSE(field(second, "X-Next-Token"));
    CHECK(is_error(rig.ask("GET", "/v2/sandboxes?limit=3&nextToken=" + token), 400));
    CHECK(is_error(rig.ask("GET", "/snapshots?nextToken=" + token), 400));
    // A page of exactly the rest is the last.
    CHECK_FALSE(field(rig.ask("GET", "/v2/sandboxes?limit=2&order=asc&nextToken=" + token), "X-Next-Token"));
}

TEST_CASE("lists of sandboxes can be filtered") {
    ApiRig rig;
    rig.advance(10s);
    std::string const snapshot = text(json(rig.snapshot(0, R"({"name":"mine:v1"})")).at("snapshotID"));
    Answer const made = rig.ask("POST", "/sandboxes",
                                R"({"templateID":"mine:v1","timeout":60,"metadata":{"a b":"c&d","e":"f"}})");
    CHECK(made.reply.status == 201);
    std::string const id = text(json(made).at("sandboxID"));
    rig.api.platform().pause(1);
    auto const find = [&rig](std::string const& query) {
        return ids(rig.ask("GET", "/v2/sandboxes?" + query));
    };
    using Ids = std::vector<std::string>;
    CHECK(find("metadata=a%252520b%3Dc%252526d") == Ids{id});
    CHECK(find("metadata=e%3Dg").empty());
    CHECK(find("state=paused") == Ids{rig.id(1)});
    CHECK(find("state=running,paused").size() == 6);
    CHECK(find("state=running").size() == 5);
    CHECK(find("startedAfter=2026-01-01T00:00:10Z") == Ids{id});
    CHECK(find("startedAfter=2026-01-01T00:00:10.001Z").empty());
    CHECK(find("template=mine") == Ids{id});
    CHECK(find("template=" + snapshot) == Ids{id});
    CHECK(find("template=base").size() == 5);
    CHECK(find("template=nobodys").empty());
    CHECK(find("template=a%20b").empty());
    CHECK(find("template=base&state=paused") == Ids{rig.id(1)});
    CHECK(field(rig.ask("GET", "/v2/sandboxes?template=base"), "X-Total-Running") == "4");
    CHECK_FALSE(field(rig.ask("GET", "/v2/sandboxes?state=paused"), "X-Total-Running"));
    for (auto const* const query : {"limit=0", "limit=101", "state=dead", "order=up",
                                    "startedAfter=yesterday", "nextToken=x", "metadata=%25", "metadata=%"}) {
        INFO(query);
        CHECK(is_error(rig.ask("GET", std::string("/v2/sandboxes?") + query), 400));
    }
}

TEST_CASE("a sandbox is made from a snapshot, by id or by name, and ends after its time") {
    ApiRig rig;
    std::string const unnamed = text(json(rig.snapshot(0)).at("snapshotID"));
    rig.snapshot(0, R"({"name":"mine:v1"})");
    for (auto const& from : {unnamed, unnamed.substr(0, 20), std::string("mine:v1"),
                             std::string("team-sim/mine:v1"), std::string("base")}) {
        INFO(from);
        Answer const made = rig.ask("POST", from == unnamed ? "/v2/sandboxes" : "/sandboxes",
                                    R"({"templateID":")" + from + R"(","timeout":300})");
        CHECK(made.reply.status == 201);
        auto const id = text(json(made).at("sandboxID"));
        CHECK(json(rig.ask("GET", "/sandboxes/" + id)) == json(made));
        CHECK(json(made).at("endAt") == "2026-01-01T00:05:00.000Z");
        CHECK(rig.ask("POST", "/sandboxes/" + id + "/snapshots", "{}").reply.status == 201);
    }
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")).size() == 10);
    rig.advance(5min);
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")).size() == 5);
}

TEST_CASE("requests for a sandbox that cannot be had") {
    ApiRig rig;
    rig.snapshot(0, R"({"name":"mine:v1"})");
    for (auto const* const from : {"nobodys", "mine", "mine:v2", "other/mine:v1"})
        CHECK(
            is_error(rig.ask("POST", "/sandboxes", R"({"templateID":")" + std::string(from) + R"("})"), 404));
    for (auto const* const body :
         {"", "{}", "[]", R"({"templateID":7})", R"({"templateID":"a b"})",
          R"({"templateID":"base","timeout":-1})", R"({"templateID":"base","timeout":86401})",
          R"({"templateID":"base","timeout":"1"})", R"({"templateID":"base","metadata":[]})",
          R"({"templateID":"base","metadata":{"a":1}})"}) {
        INFO(body);
        CHECK(is_error(rig.ask("POST", "/sandboxes", body), 400));
    }
    rig.content_type = "text/plain";
    CHECK(is_error(rig.ask("POST", "/sandboxes", R"({"templateID":"base"})"), 400));
    CHECK(ids(rig.ask("GET", "/v2/sandboxes")).size() == 5);
}
