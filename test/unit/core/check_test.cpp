#include "core/check.hpp"
#include "core/name.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

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
                 "a/b", "a:1.2.3-rc_1", "a:.", "Team Name/short:tag", "\xc3\xa4/\xe2\x82\xac", "a:b:c",
                 "a\"b\\", std::string(255, 'n'));
    CAPTURE(name);
    CHECK(core::name_problem(name) == std::nullopt);
    CHECK(core::check(SnapshotRequest("i1", name)) == std::nullopt);
}

TEST_CASE("Names that are refused") {
    auto const name = GENERATE(as<std::string>(), "", "a\nb", "a\x7f", "\xff", std::string("a\0b", 3),
                               std::string(256, 'n'));
    CAPTURE(name);
    auto const problem = core::check(SnapshotRequest("i1", name));
    REQUIRE(problem);
    CHECK(problem->starts_with("name: "));
}

TEST_CASE("A request without a name is allowed") {
    CHECK(core::check(SnapshotRequest("i1", std::nullopt)) == std::nullopt);
}

TEST_CASE("Templates that may be asked for") {
    auto const id = GENERATE(as<std::string>(), "9v2hx0k3mfa71qz8w5tc", "9v2hx0k3mfa71qz8w5tc:default", "a",
                             "Team-1/My_Snapshot:v1.2", "a:.", std::string(512, 'n'));
    CAPTURE(id);
    CHECK(core::check_snapshot_id(id) == std::nullopt);
    CHECK(core::check(SandboxRequest(id)) == std::nullopt);
    SnapshotQuery snapshots;
    snapshots.name = id;
    CHECK(core::check(snapshots) == std::nullopt);
}

TEST_CASE("What the platform may understand tomorrow is left to it") {
    SandboxQuery query;
    query.template_id = "Team Name/alias:tag";
    query.states = {"running", "hibernated", "\xc3\xa4"};
    query.started_after = "yesterday";
    query.metadata = {{"", "v"}, {"k", "1"}, {"k", "2"}};
    CHECK(core::check(query) == std::nullopt);
    SnapshotQuery snapshots;
    snapshots.name = "Team Name/alias.with.dots:tag:more";
    CHECK(core::check(snapshots) == std::nullopt);
}

TEST_CASE("Templates that are refused, by whatever field they come") {
    struct Row {
        std::string id;
        std::string_view problem;
    };
    auto const row =
        GENERATE(values<Row>({{std::string(513, 'n'), "is longer than 512 bytes"},
                              {"a\r\nX: y", "has a control character, or is not UTF-8"},
                              {"\xff", "has a control character, or is not UTF-8"},
                              {std::string("a\0b", 3), "has a control character, or is not UTF-8"}}));
    CAPTURE(row.id);
    auto const expected = [&row](std::string_view field) {
        return std::optional(std::string(field) + ": " + std::string(row.problem));
    };
    SnapshotQuery snapshots;
    snapshots.name = row.id;
    CHECK(core::check(snapshots) == expected("name"));
    SandboxQuery sandboxes;
    sandboxes.template_id = row.id;
    CHECK(core::check(sandboxes) == expected("template_id"));
}

TEST_CASE("Ids are taken as a server printed them") {
    auto const id = GENERATE(as<std::string>(), "snap-c85fc2cb8bc04831bd75f551", "ns--name",
                             "Team Name/short:tag", "a.b", "a/b/c", "%2e%2e", "...", "a..b/.c",
                             "\xc3\xa4:\xe2\x82\xac", "?x=1#y", std::string(512, ' '));
    CAPTURE(id);
    CHECK(core::check_snapshot_id(id) == std::nullopt);
    CHECK(core::check(SandboxRequest(id)) == std::nullopt);
}

TEST_CASE("Ids that no server printed") {
    struct Row {
        std::string id;
        std::string_view problem;
    };
    auto const row =
        GENERATE(values<Row>({{std::string(513, 'n'), "is longer than 512 bytes"},
                              {"a\r\nX: y", "has a control character, or is not UTF-8"},
                              {std::string("a\0b", 3), "has a control character, or is not UTF-8"},
                              {"a\x7f", "has a control character, or is not UTF-8"},
                              {"\xff", "has a control character, or is not UTF-8"},
                              {".", "has a . or .. between slashes"},
                              {"..", "has a . or .. between slashes"},
                              {"../a", "has a . or .. between slashes"},
                              {"a/../b", "has a . or .. between slashes"},
                              {"a/.", "has a . or .. between slashes"}}));
    CAPTURE(row.id);
    CHECK(core::check_snapshot_id(row.id) == "snapshot_id: " + std::string(row.problem));
    CHECK(core::check(SandboxRequest(row.id)) == "template_id: " + std::string(row.problem));
}

TEST_CASE("An id that must be there") {
    CHECK(core::check_snapshot_id("").value().starts_with("snapshot_id: is empty; must be "));
    CHECK(core::check(SandboxRequest("")).value().starts_with("template_id: is empty; must be "));
    CHECK(core::check_sandbox_id("").value().starts_with("sandbox_id: must be "));
    CHECK(core::check_sandbox_id("i1") == std::nullopt);
}

TEST_CASE("Queries as they are at first, and with all that they can hold") {
    SnapshotQuery snapshots;
    CHECK(core::check(snapshots) == std::nullopt);
    snapshots.sandbox_id = "i1";
    snapshots.limit = 1;
    snapshots.next_token = std::string(4096, '~');
    CHECK(core::check(snapshots) == std::nullopt);

    SandboxQuery sandboxes;
    CHECK(core::check(sandboxes) == std::nullopt);
    sandboxes.metadata = {{"k", std::string(1022, 'v')}, {"\xc3\xa9", ""}};
    CHECK(core::check(sandboxes).value() ==
          "metadata: has 1025 bytes of keys and values; must be at most 1024 in all");
    sandboxes.metadata[0].second.pop_back();
    sandboxes.states = {"running", "paused"};
    sandboxes.started_after = "2026-01-31T13:34:56.789+01:00";
    sandboxes.limit = 100;
    sandboxes.next_token = "a+token/of=theirs";
    CHECK(core::check(sandboxes) == std::nullopt);
}

TEST_CASE("Queries that are refused say which field, and what is allowed") {
    struct Row {
        void (*spoil)(SnapshotQuery& snapshots, SandboxQuery& sandboxes);
        std::string_view problem;
    };
    constexpr std::string_view token = "next_token: must be as the platform gave it, at most 4096 printable "
                                       "ASCII characters without a space";
    auto const row = GENERATE_COPY(values<Row>({
        {[](auto& q, auto&) { q.sandbox_id.assign("a/b"); },
         "sandbox_id: must be 1 to 128 of A-Z a-z 0-9 _ -, the first a letter or digit"},
        {[](auto& q, auto&) { q.limit = 0; }, "limit: 0 is not within 1 to 100"},
        {[](auto& q, auto&) { q.limit = 101; }, "limit: 101 is not within 1 to 100"},
        {[](auto& q, auto&) { q.next_token.assign("a\r\nb"); }, token},
        {[](auto& q, auto&) { q.next_token.assign("a b"); }, token},
        {[](auto& q, auto&) { q.next_token.assign("\x7f"); }, token},
        {[](auto& q, auto&) { q.next_token.assign(4097, 'a'); }, token},
        {[](auto&, auto& q) { q.limit = 0; }, "limit: 0 is not within 1 to 100"},
        {[](auto&, auto& q) { q.next_token.assign("\xc3\xa9"); }, token},
        {[](auto&, auto& q) { q.states = {"running", "killed\n"}; },
         "states: has a control character, or is not UTF-8"},
        {[](auto&, auto& q) { q.states = {std::string(200, 's'), std::string(57, 't')}; },
         "states: have 257 bytes; must be at most 256 in all"},
        {[](auto&, auto& q) { q.started_after.assign("2026\r\n"); },
         "started_after: has a control character, or is not UTF-8"},
        {[](auto&, auto& q) { q.started_after.assign(65, '2'); }, "started_after: is longer than 64 bytes"},
        {[](auto&, auto& q) { q.metadata = {{"\xff", "v"}}; },
         "metadata: has a key or value that is not UTF-8"},
        {[](auto&, auto& q) { q.metadata = {{"k", "\xc3"}}; },
         "metadata: has a key or value that is not UTF-8"},
    }));
    SnapshotQuery snapshots;
    SandboxQuery sandboxes;
    row.spoil(snapshots, sandboxes);
    auto const problem = core::check(snapshots) ? core::check(snapshots) : core::check(sandboxes);
    CHECK(problem == std::string(row.problem));
}

TEST_CASE("How long a new sandbox may live") {
    SandboxRequest request("t");
    request.timeout = GENERATE(std::chrono::nanoseconds(1), std::chrono::nanoseconds(2147483647s));
    CHECK(core::check(request) == std::nullopt);
    request.timeout = 0s;
    CHECK(core::check(request).value() == "timeout: must be more than 0");
    request.timeout = GENERATE(std::chrono::nanoseconds(-1),
                               std::chrono::nanoseconds(2147483647s) + std::chrono::nanoseconds(1),
                               std::chrono::nanoseconds::max(), std::chrono::nanoseconds::min());
    CHECK(core::check(request).value().starts_with("timeout: "));
}

TEST_CASE("Questions about a request without a response") {
    using Clock = std::chrono::system_clock;
    Clock::time_point const now(std::chrono::hours(24 * 365 * 56));
    ReconcileRequest question(SnapshotRequest("i1", "alias:tag"), now);
    question.uniqueness = NameUniqueness::tag;
    CHECK(core::check(question, now) == std::nullopt);
    question.started_at = GENERATE_COPY(Clock::time_point(), now + 24h);
    CHECK(core::check(question, now) == std::nullopt);

    SECTION("the request itself") {
        question.request.sandbox_id.assign("a/b");
        CHECK(core::check(question, now).value().starts_with("sandbox_id: "));
    }
    SECTION("started_at") {
        question.started_at = GENERATE_COPY(Clock::time_point() - 1ns, now + 24h + 1ns,
                                            Clock::time_point::max(), Clock::time_point::min());
        CHECK(core::check(question, now).value() == "started_at: must be within 1970 and a day from now");
    }
    SECTION("settle_time") {
        question.settle_time = GENERATE(0ms, std::chrono::milliseconds(24h));
        CHECK(core::check(question, now) == std::nullopt);
        question.settle_time = GENERATE(std::chrono::nanoseconds(-1ms), std::chrono::nanoseconds(24h + 1ms),
                                        std::chrono::nanoseconds::max());
        CHECK(core::check(question, now).value() == "settle_time: must be within 0 and 24 h");
    }
    SECTION("uniqueness") {
        question.request.name.reset();
        CHECK(core::check(question, now).value() == "uniqueness: must be none for a request without a name");
        question.uniqueness = NameUniqueness::none;
        CHECK(core::check(question, now) == std::nullopt);
    }
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
    SECTION("headers") {
        options.headers = {{"X-A", std::string(3072 - 7, 'v')}};
        CHECK(core::check(options) == std::nullopt);
        options.headers[0].second += 'v';
        CHECK(core::check(options).value() == "headers: must be at most 3 KiB in all");
        options.headers = {
            {GENERATE("", "a b", "Host", "x-api-key", "Proxy-Authorization", "Transfer-Encoding"), "v"}};
        CHECK(core::check(options).value().starts_with("headers: "));
        options.headers = {{"X-A", GENERATE("a\r\nX-B: c", " a", "a ", "\xc3\xa4")}};
        CHECK(core::check(options).value().starts_with("headers: has a value of X-A that is not"));
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
        policy.max_backoff = GENERATE_COPY(policy.base_backoff - 1ms, std::chrono::nanoseconds(24h + 1ms),
                                           std::chrono::nanoseconds::max());
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
