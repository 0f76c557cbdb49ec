#include "core/check.hpp"
#include "core/name.hpp"
#include "support/catch.hpp"

#include <string>

using namespace e2b;
using namespace std::chrono_literals;

TEST_CASE("Sandbox ids that are allowed") {
    auto const id = GENERATE(as<std::string>(), "i0123456789abcdefghij", "i0123456789abcdefghij-6532622b",
                             "a", "0", "A-_", std::string(128, 'x'));
    CAPTURE(id);
    CHECK(core::valid_sandbox_id(id));
    CHECK(core::check(SnapshotRequest(id)) == std::nullopt);
}

TEST_CASE("Sandbox ids that are refused") {
    auto const id =
        GENERATE(as<std::string>(), "", "-a", "_a", "a b", "a/b", "../x", "a%2fb", "a.b", "a\r\nX: y", "a?b",
                 "a#b", "\xc3\xa4", std::string("a\0b", 3), std::string(129, 'x'));
    CAPTURE(id);
    CHECK_FALSE(core::valid_sandbox_id(id));
    auto const problem = core::check(SnapshotRequest(id));
    REQUIRE(problem);
    CHECK(problem->starts_with("sandbox_id: "));
}

TEST_CASE("Names that are allowed") {
    auto const name =
        GENERATE(as<std::string>(), "a", "my-snapshot", "My_Snapshot", "team-slug/my-snapshot:v2", "a:b",
                 "a/b", "a:1.2.3-rc_1", "a:.", std::string(255, 'n'));
    CAPTURE(name);
    CHECK(core::name_problem(name) == std::nullopt);
    CHECK(core::check(SnapshotRequest("i1", name)) == std::nullopt);
}

TEST_CASE("Names that are refused") {
    auto const name = GENERATE(as<std::string>(), "", " a", "a ", "a.b", "a/b/c", "/a", "a/", "a:", ":t",
                               "a:b:c", "a:b/c", "/", ":", "a\"b", "a\\b", "a\nb", "\xc3\xa4",
                               std::string("a\0b", 3), "a/b.c:d", "a.b/c", std::string(256, 'n'));
    CAPTURE(name);
    auto const problem = core::check(SnapshotRequest("i1", name));
    REQUIRE(problem);
    CHECK(problem->starts_with("name: "));
}

TEST_CASE("A request without a name is allowed") {
    CHECK(core::check(SnapshotRequest("i1", std::nullopt)) == std::nullopt);
}

TEST_CASE("Options of a call") {
    CallOptions options;
    CHECK(core::check(options) == std::nullopt);
    options.timeout = 1ns;
    options.attempt_timeout = 1ns;
    options.retry = RetryPolicy();
    CHECK(core::check(options) == std::nullopt);

    SECTION("timeout") {
        options.timeout = GENERATE(0ns, -1ns);
        CHECK(core::check(options).value().starts_with("timeout: "));
    }
    SECTION("attempt_timeout") {
        options.attempt_timeout = GENERATE(0ns, -1ns);
        CHECK(core::check(options).value().starts_with("attempt_timeout: "));
    }
    SECTION("retry") {
        options.retry->max_attempts = 0;
        CHECK(core::check(options).value().starts_with("retry.max_attempts: "));
    }
}

TEST_CASE("The ranges of a retry policy") {
    RetryPolicy policy;
    auto const field = [&] {
        auto const problem = core::find_problem(policy);
        return problem ? problem->field : "none";
    };
    CHECK(field() == "none");

    SECTION("max_attempts") {
        policy.max_attempts = 1;
        CHECK(field() == "none");
        policy.max_attempts = 100;
        CHECK(field() == "none");
        policy.max_attempts = GENERATE(0u, 101u);
        CHECK(field() == "retry.max_attempts");
    }
    SECTION("base_backoff") {
        policy.base_backoff = 1ms;
        CHECK(field() == "none");
        policy.base_backoff = GENERATE(0ms, -1ms);
        CHECK(field() == "retry.base_backoff");
    }
    SECTION("max_backoff") {
        policy.max_backoff = policy.base_backoff;
        CHECK(field() == "none");
        policy.max_backoff = 24h;
        CHECK(field() == "none");
        policy.max_backoff =
            GENERATE_COPY(policy.base_backoff - 1ms, 24h + 1ms, std::chrono::milliseconds::max());
        CHECK(field() == "retry.max_backoff");
    }
    SECTION("budget_capacity") {
        policy.budget_capacity = 0;
        CHECK(field() == "none");
        policy.budget_capacity = 1'000'000;
        CHECK(field() == "none");
        policy.budget_capacity = 1'000'001;
        CHECK(field() == "retry.budget_capacity");
    }
}
