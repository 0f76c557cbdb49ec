#include "core/name.hpp"
#include "support/catch.hpp"

#include <e2b/reconcile.hpp>

#include <set>
#include <stdexcept>
#include <string>

using e2b::SnapshotRequest;
using e2b::with_unique_tag;

TEST_CASE("a unique tag belongs to one request alone, and is part of a valid name", "[reconcile]") {
    std::set<std::string> names;
    for (int i = 0; i != 1000; ++i) {
        auto const request = with_unique_tag(SnapshotRequest("iabc", "team/nightly"));
        CHECK(request.sandbox_id == "iabc");
        REQUIRE(request.name);
        CHECK(request.name->starts_with("team/nightly:u"));
        CHECK(!e2b::core::name_problem(*request.name));
        names.insert(*request.name);
    }
    CHECK(names.size() == 1000);
}

TEST_CASE("a unique tag needs an alias without a tag, and room", "[reconcile]") {
    CHECK_THROWS_AS(with_unique_tag(SnapshotRequest("iabc")), std::invalid_argument);
    CHECK_THROWS_AS(with_unique_tag(SnapshotRequest("iabc", "")), std::invalid_argument);
    CHECK_THROWS_AS(with_unique_tag(SnapshotRequest("iabc", "nightly:v1")), std::invalid_argument);
    auto const longest = with_unique_tag(SnapshotRequest("iabc", std::string(237, 'a')));
    CHECK(longest.name->size() == 255);
    CHECK(!e2b::core::name_problem(*longest.name));
    CHECK_THROWS_AS(with_unique_tag(SnapshotRequest("iabc", std::string(238, 'a'))), std::invalid_argument);
}
