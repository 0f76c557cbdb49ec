#include "simulator/query.hpp"
#include "simulator/sandbox_filter.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace std::chrono_literals;
using namespace e2b::sim;

namespace {

SandboxFilter read(std::string_view query) {
    SandboxFilter filter;
    auto const problem = filter.read(Query::parse(query).value());
    CHECK_FALSE(problem);
    return filter;
}

bool refused(std::string_view query) {
    SandboxFilter filter;
    return filter.read(Query::parse(query).value()).has_value();
}

Sandbox sandbox(SandboxState state, Metadata metadata = {}) {
    Sandbox result;
    result.state = state;
    result.metadata = std::move(metadata);
    return result;
}

} // namespace

TEST_CASE("sandboxes that are dead or being snapshotted are never listed") {
    SandboxFilter const all;
    CHECK(all.matches(sandbox(SandboxState::running)));
    CHECK(all.matches(sandbox(SandboxState::paused)));
    CHECK_FALSE(all.matches(sandbox(SandboxState::snapshotting)));
    CHECK_FALSE(all.matches(sandbox(SandboxState::killed)));
}

TEST_CASE("states can be chosen, as one list or several") {
    CHECK_FALSE(read("state=running").matches(sandbox(SandboxState::paused)));
    CHECK(read("state=running").matches(sandbox(SandboxState::running)));
    CHECK_FALSE(read("state=paused").matches(sandbox(SandboxState::running)));
    for (auto const* const both : {"state=running,paused", "state=paused&state=running"}) {
        CHECK(read(both).matches(sandbox(SandboxState::running)));
        CHECK(read(both).matches(sandbox(SandboxState::paused)));
        CHECK_FALSE(read(both).matches(sandbox(SandboxState::snapshotting)));
    }
    CHECK(refused("state=dead"));
    CHECK(refused("state=running,"));
}

TEST_CASE("metadata is decoded three times and must match in every pair") {
    Metadata const metadata = {{"a b", "c&d"}, {"x", "1"}, {"e", ""}};
    auto const matches = [&metadata](std::string_view query) {
        return read(query).matches(sandbox(SandboxState::running, metadata));
    };
    CHECK(matches("metadata=a%252520b%3Dc%252526d"));
    CHECK(matches("metadata=a%252520b%3Dc%252526d%26x%3D1"));
    CHECK(matches("metadata=e%3D"));
    CHECK_FALSE(matches("metadata=a%252520b%3Dc%252526d%26x%3D2"));
    CHECK_FALSE(matches("metadata=a%252520b%3Dc"));
    CHECK_FALSE(matches("metadata=y%3D1"));
    CHECK(matches("metadata=x%3D2%26x%3D1"));
    // Encoded once or twice only, what should be a part of a value splits the pair.
    CHECK(refused("metadata=a%20b%3Dc%26d"));
    CHECK(refused("metadata=a%2520b%3Dc%2526d"));
    CHECK(refused("metadata=x%253D1%3D2"));
    CHECK(refused("metadata=x%3D1%3D2"));
    CHECK(refused("metadata=x"));
    CHECK(refused("metadata="));
    CHECK(refused("metadata=x%3D1%26"));
    CHECK(refused("metadata=a%25"));
}

TEST_CASE("the order is asc or desc, newest first by default") {
    CHECK_FALSE(read("").ascending);
    CHECK_FALSE(read("order=desc").ascending);
    CHECK(read("order=asc").ascending);
    CHECK(refused("order=up"));
}

TEST_CASE("start and template can be asked for") {
    SandboxFilter filter;
    filter.started_after = 5s;
    Sandbox candidate;
    candidate.started_at = 5s - 1ns;
    CHECK_FALSE(filter.matches(candidate));
    candidate.started_at = 5s;
    CHECK(filter.matches(candidate));
    filter.template_index = 3;
    CHECK_FALSE(filter.matches(candidate));
    candidate.template_index = 3;
    CHECK(filter.matches(candidate));
}

TEST_CASE("pages follow one another in both orders, and count all that run") {
    SandboxStore store(1);
    for (int i = 0; i < 10; ++i)
        store.add(sandbox(i == 4 ? SandboxState::snapshotting
                                 : (i == 7 ? SandboxState::paused : SandboxState::running)));
    for (bool const ascending : {true, false}) {
        SandboxFilter filter;
        filter.ascending = ascending;
        std::vector<SandboxIndex> rows;
        std::optional<SandboxIndex> last;
        while (true) {
            auto const page = list_sandboxes_page(store, filter, last, 4);
            CHECK(page.total_running == 8);
            rows.insert(rows.end(), page.rows.begin(), page.rows.end());
            if (!page.more)
                break;
            REQUIRE(page.rows.size() == 4);
            last = page.rows.back();
        }
        std::vector<SandboxIndex> expected = {0, 1, 2, 3, 5, 6, 7, 8, 9};
        if (!ascending)
            std::reverse(expected.begin(), expected.end());
        CHECK(rows == expected);
    }
}
