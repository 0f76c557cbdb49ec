#include "core/redact.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::core;

namespace {

std::string const key = "e2b_0123456789";

std::string redacted(std::string text, std::string_view secret = key) {
    redact(text, secret);
    return text;
}

} // namespace

TEST_CASE("a secret is cut out of a text wherever it stands") {
    CHECK(redacted("") == "");
    CHECK(redacted("nothing") == "nothing");
    CHECK(redacted(key) == "***");
    CHECK(redacted("a" + key + "b" + key + key) == "a***b******");
    CHECK(redacted("e2b_012345678") == "e2b_012345678");
    CHECK(redacted(key, "") == key);
    CHECK(redacted("aaaaa", "aa") == "******a");
}

TEST_CASE("a key that a server echoes in a result is cut out") {
    SnapshotInfo info(key + ":default", {"team/" + key, "team/alias"});
    redact_result(info, key);
    CHECK(info == SnapshotInfo("***:default", {"team/***", "team/alias"}));

    SandboxInfo sandbox;
    sandbox.sandbox_id = sandbox.alias = sandbox.state = key;
    sandbox.metadata = {{key, "value"}, {"key", key + "!"}};
    redact_result(sandbox, key);
    CHECK(sandbox.sandbox_id == "***");
    CHECK(sandbox.alias == "***");
    CHECK(sandbox.state == "***");
    CHECK(sandbox.metadata.front().first == "***");
    CHECK(sandbox.metadata.back().second == "***!");

    ListPage<SnapshotInfo> page({SnapshotInfo(key, {}), SnapshotInfo("id", {key})}, "token");
    redact_result(page, key);
    CHECK(page.items.front().snapshot_id == "***");
    CHECK(page.items.back().names.front() == "***");

    std::vector<TemplateTag> tags(1);
    tags.front().tag = tags.front().build_id = key;
    redact_result(tags, key);
    CHECK(tags.front().tag == "***");
    CHECK(tags.front().build_id == "***");
    TemplateInfo built;
    built.template_id = key;
    built.names = {key};
    built.builds.resize(1);
    built.builds.front().status = key;
    redact_result(built, key);
    CHECK(built.template_id == "***");
    CHECK(built.names.front() == "***");
    CHECK(built.builds.front().status == "***");
}

TEST_CASE("a short key, which may be in an id by chance, leaves ids as they are") {
    SnapshotInfo info("abc:default", {"team/abc"});
    redact_result(info, "abc");
    CHECK(info == SnapshotInfo("abc:default", {"team/abc"}));
}
