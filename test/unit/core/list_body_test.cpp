#include "core/list_body.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::core;

TEST_CASE("Rows of snapshots are read in order") {
    auto const rows = parse_snapshots(
        R"([{"snapshotID":"b:default","names":[],"x":1},{"snapshotID":"t/a:v","names":["t/a"]}])");
    REQUIRE(rows);
    REQUIRE(rows->size() == 2);
    CHECK((*rows)[0] == SnapshotInfo("b:default", {}));
    CHECK((*rows)[1] == SnapshotInfo("t/a:v", {"t/a"}));
    CHECK(parse_snapshots("[]")->empty());
}

TEST_CASE("Rows of other servers are read as well") {
    auto const rows = parse_snapshots(
        R"([{"snapshotID":"ns--a","names":null},{"snapshotID":"snap-1","names":["snap-1"],"status":"FAILED",
            "createdAt":null},{"snapshotID":"u"}])");
    REQUIRE(rows);
    REQUIRE(rows->size() == 3);
    CHECK((*rows)[0] == SnapshotInfo("ns--a", {}));
    CHECK((*rows)[1].names == std::vector<std::string>{"snap-1"});
    CHECK((*rows)[1].status == "FAILED");
    CHECK((*rows)[2] == SnapshotInfo("u", {}));
}

TEST_CASE("A body that is not a list of snapshots is refused") {
    auto const body = GENERATE("", "{}", "[", "[1]", R"([{"names":[]}])", R"([{"snapshotID":"","names":[]}])",
                               R"([{"snapshotID":1,"names":[]}])", R"([{"snapshotID":"a","status":1}])",
                               R"([{"snapshotID":"a","names":[1]}])", R"([{"snapshotID":"a","names":"b"}])");
    CAPTURE(body);
    CHECK_FALSE(parse_snapshots(body));
}

TEST_CASE("A sandbox is read with what is there") {
    auto const full = parse_sandbox(R"({"sandboxID":"i1","templateID":"t","alias":"al","clientID":"c",
        "startedAt":"2026-01-01T00:00:00Z","endAt":"2026-01-01T01:00:00Z","cpuCount":2,"memoryMB":512,
        "diskSizeMB":1024,"metadata":{"k":"v"},"state":"paused","envdVersion":"0.5.1"})");
    REQUIRE(full);
    CHECK(full->sandbox_id == "i1");
    CHECK(full->template_id == "t");
    CHECK(full->alias == "al");
    CHECK(full->state == "paused");
    CHECK(full->started_at == "2026-01-01T00:00:00Z");
    CHECK(full->end_at == "2026-01-01T01:00:00Z");
    CHECK(full->cpu_count == 2);
    CHECK(full->memory_mb == 512);
    CHECK(full->disk_size_mb == 1024);
    CHECK(full->envd_version == "0.5.1");
    REQUIRE(full->metadata.size() == 1);
    CHECK(full->metadata[0].second == "v");

    auto const least = parse_sandbox(R"({"sandboxID":"i1","templateID":"t","alias":null})");
    REQUIRE(least);
    CHECK(least->alias.empty());
    CHECK_FALSE(parse_sandbox(R"({"sandboxID":"i1"})"));
    CHECK_FALSE(parse_sandbox(R"({"sandboxID":"i1","templateID":"t","cpuCount":"2"})"));
    CHECK_FALSE(parse_sandboxes(R"([{"sandboxID":"i1"}])"));
    CHECK(parse_sandboxes(R"([{"sandboxID":"i1","templateID":"t"}])")->size() == 1);
}

TEST_CASE("Tags of a template are read", "[list]") {
    auto const tags = parse_tags(R"([{"tag":"v1","buildID":"b1","createdAt":"2026-01-01T00:00:00Z","x":1},
                                     {"tag":"default","buildID":"b0"}])");
    REQUIRE(tags);
    REQUIRE(tags->size() == 2);
    CHECK((*tags)[0].tag == "v1");
    CHECK((*tags)[0].build_id == "b1");
    CHECK((*tags)[0].created_at == "2026-01-01T00:00:00Z");
    CHECK((*tags)[1].created_at.empty());
    CHECK(parse_tags("[]")->empty());
    CHECK_FALSE(parse_tags(R"([{"tag":"v1"}])"));
    CHECK_FALSE(parse_tags(R"({"tag":"v1","buildID":"b1"})"));
}

TEST_CASE("A template is read with its builds", "[list]") {
    auto const info = parse_template(R"({"templateID":"t1","public":false,"names":["team/a"],"builds":[
        {"buildID":"b2","status":"ready","createdAt":"2026-01-01T00:00:00Z","cpuCount":2},
        {"buildID":"b1","status":"error","createdAt":"2026-01-01T00:00:00Z"}]})");
    REQUIRE(info);
    CHECK(info->template_id == "t1");
    CHECK(info->names == std::vector<std::string>{"team/a"});
    REQUIRE(info->builds.size() == 2);
    CHECK(info->builds[0].build_id == "b2");
    CHECK(info->builds[0].status == "ready");
    CHECK(info->builds[1].status == "error");
    CHECK(info->next_token.empty());
    CHECK(parse_template(R"({"templateID":"t1","builds":[]})"));
    CHECK_FALSE(parse_template(R"({"templateID":"t1"})"));
    CHECK_FALSE(parse_template(R"({"templateID":"t1","builds":[{"buildID":"b"}]})"));
    CHECK_FALSE(parse_template(R"({"templateID":"","builds":[]})"));
    CHECK(parse_template_id(R"({"templateID":"t1","public":true})") == "t1");
    CHECK_FALSE(parse_template_id(R"({"templateID":""})"));
    CHECK_FALSE(parse_template_id("[]"));
}
