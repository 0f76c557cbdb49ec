#include "core/query.hpp"
#include "support/catch.hpp"

#include <chrono>

using namespace e2b;
using namespace e2b::core;

TEST_CASE("Only unreserved characters travel as they are") {
    CHECK(percent_encode("azAZ09-._~") == "azAZ09-._~");
    CHECK(percent_encode("team/alias:v1 %") == "team%2Falias%3Av1%20%25");
    CHECK(percent_encode("\xc3\xa9") == "%C3%A9");
}

TEST_CASE("A list of snapshots carries the filters that are set") {
    SnapshotQuery query;
    CHECK(list_snapshots_target(query) == "/snapshots?limit=100");
    query.sandbox_id = "iabc";
    query.name = "my-alias:v1";
    query.limit = 7;
    query.next_token = "a+b=";
    CHECK(list_snapshots_target(query) ==
          "/snapshots?sandboxID=iabc&name=my-alias%3Av1&limit=7&nextToken=a%2Bb%3D");
}

TEST_CASE("Metadata is encoded so that the platform can decode it three times") {
    SandboxQuery query;
    query.metadata = {{"a b", "c&d"}};
    CHECK(list_sandboxes_target(query) == "/v2/sandboxes?metadata=a%252520b%3Dc%252526d&limit=100");
    query.metadata = {{"k", "v"}, {"x", "y"}};
    query.states = {"running", "paused"};
    query.template_id = "base";
    query.ascending = true;
    query.started_after = "2026-01-01T00:00:00Z";
    CHECK(list_sandboxes_target(query) ==
          "/v2/sandboxes?metadata=k%3Dv%26x%3Dy&state=running%2Cpaused&template=base&order=asc"
          "&startedAfter=2026-01-01T00%3A00%3A00Z&limit=100");
}

TEST_CASE("A snapshot's id is one segment of the path") {
    CHECK(delete_template_target("team/alias:tag") == "/templates/team%2Falias%3Atag");
    CHECK(get_sandbox_target("iabc") == "/sandboxes/iabc");
    CHECK(list_tags_target("team/alias") == "/templates/team%2Falias/tags");
    CHECK(find_template_target("team/alias") == "/templates/aliases/team%2Falias");
    CHECK(get_template_target("abc", "") == "/templates/abc?limit=100");
    CHECK(get_template_target("abc", "a+b") == "/templates/abc?limit=100&nextToken=a%2Bb");
}

TEST_CASE("A sandbox is asked for by template and lifetime") {
    SandboxRequest request("team/alias:\"v\"");
    request.timeout = std::chrono::seconds(60);
    CHECK(create_sandbox_body(request) == R"({"templateID":"team/alias:\"v\"","timeout":60})");
}
