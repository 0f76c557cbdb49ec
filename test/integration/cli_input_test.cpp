// Lists, keys and settings as other programs and people's mistakes make them.
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <set>

using namespace e2b;
using namespace e2b::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::set<std::string> made(Platform const& platform) {
    std::set<std::string> ids;
    for (auto const& record : platform.simulator.snapshots())
        ids.insert(record.sandbox_id);
    return ids;
}

Finished bulk(Platform const& platform, std::string_view list, std::vector<std::string> const& more = {}) {
    std::vector<std::string> arguments{"bulk", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(arguments, platform.environment(), list);
}

} // namespace

TEST_CASE("two ids on a line are refused, whatever separates them", "[cli][input]") {
    for (std::string const separator : {" ", "\t", "\r", "\f", "\v", " \t "}) {
        Platform const platform;
        auto const ids = platform.simulator.sandbox_ids();
        auto const finished = bulk(platform, ids[0] + separator + ids[1] + "\n" + ids[2] + "\n");
        INFO(finished.out);
        CHECK(finished.exit_code == 1);
        REQUIRE(finished.lines.size() == 2);
        CHECK_THAT(finished.out, ContainsSubstring(R"("line":1,)"));
        CHECK(made(platform) == std::set{ids[2]});
    }
    Platform const platform;
    auto const ids = platform.simulator.sandbox_ids();
    auto const allowed = bulk(platform, ids[0] + ' ' + ids[1] + "\n", {"--allow-id-as-name"});
    CHECK(allowed.exit_code == 0);
    CHECK_THAT(allowed.out, ContainsSubstring("team-sim/" + ids[1] + ":default"));
}

TEST_CASE("an object that names two sandboxes is sent for neither", "[cli][input]") {
    Platform const platform;
    auto const ids = platform.simulator.sandbox_ids();
    auto const finished =
        bulk(platform, R"({"sandboxID":")" + ids[0] + R"(","sandboxID":")" + ids[1] + "\"}\n");
    CHECK(finished.exit_code == 1);
    CHECK_THAT(finished.out, ContainsSubstring("\"not_sent\""));
    CHECK_THAT(finished.out, ContainsSubstring("sandboxID: stands twice in the object"));
    CHECK(made(platform).empty());
}

TEST_CASE("lists of other systems: CRLF and a byte order mark are understood, UTF-16 is named",
          "[cli][input]") {
    Platform const platform;
    auto const ids = platform.simulator.sandbox_ids();
    auto const windows = bulk(platform, "\xEF\xBB\xBF" + ids[0] + "\r\n" + ids[1] + "\r\n");
    CHECK(windows.exit_code == 0);
    CHECK(made(platform) == std::set{ids[0], ids[1]});
    auto const wide = bulk(platform, std::string_view("\xFF\xFEi\0\n\0", 6));
    CHECK(wide.exit_code == 2);
    CHECK_THAT(wide.err, ContainsSubstring("stdin is in UTF-16"));
    auto const zeros = bulk(platform, std::string_view("i\0a\0\n", 5));
    CHECK(zeros.exit_code == 1);
    CHECK_THAT(zeros.out, ContainsSubstring("zero byte"));
    for (std::string_view const in_json : {std::string_view("{\0\"\0s\0\"\0:\0\"\0i\0\"\0}\0\n\0", 20),
                                           std::string_view("{\"sandboxID\":\"i\0\"}\n", 20)}) {
        auto const zero = bulk(platform, in_json);
        CHECK(zero.exit_code == 1);
        CHECK_THAT(zero.out, ContainsSubstring("zero byte"));
    }
    CHECK(made(platform).size() == 2);
}

TEST_CASE("the command's own output is a list, also as jq prints it", "[cli][input]") {
    Platform const platform;
    auto const listed = run_command({"sandboxes", "--output", "json"}, platform.environment());
    REQUIRE(listed.lines.size() > 1);
    CHECK(bulk(platform, listed.out).exit_code == 0);
    CHECK(made(platform).size() == listed.lines.size());

    Platform const other;
    auto const id = other.simulator.sandbox_ids().front();
    auto const record = run_command({"create", id, "--name", "nightly", "--timeout", "300ms"},
                                    {{"E2B_API_KEY", "k"}, {"E2B_API_URL", "https://127.0.0.1:1"}});
    REQUIRE(record.lines.size() == 1);
    CHECK(text_at(parse_line(record.lines.front()), "outcome") == "not_sent");
    auto const again = bulk(other, record.out);
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.out, ContainsSubstring("team-sim/nightly:default"));
    // jq puts each field on a line of its own.
    std::string pretty = "{\n  \"sandboxID\": \"" + id +
                         "\",\n  \"outcome\": \"not_sent\",\n  \"error\": {\n    \"code\": "
                         "\"cancelled\"\n  }\n}\n";
    auto const printed = bulk(other, pretty + pretty);
    CHECK(printed.exit_code == 0);
    CHECK(printed.lines.size() == 2);
}

TEST_CASE("a journal, and records, may begin with a byte order mark", "[cli][input]") {
    Platform const platform;
    TemporaryDirectory const directory;
    auto environment = platform.environment();
    environment["DIR"] = directory.path();
    directory.write("ids.txt", platform.list());
    auto const finished = run_shell(
        "cd \"$DIR\"; \"$E2B\" bulk ids.txt --journal run.jsonl && { printf '\\357\\273\\277'; cat "
        "run.jsonl; } > "
        "other.jsonl && \"$E2B\" bulk ids.txt --journal other.jsonl --resume && \"$E2B\" report other.jsonl",
        environment);
    CHECK(finished.exit_code == 0);
    CHECK(platform.simulator.snapshots().size() == platform.simulator.sandbox_ids().size());
    auto const records = run_command({"reconcile", "-"}, platform.environment(),
                                     "\xEF\xBB\xBF{\"sandboxID\":\"iabc\",\"outcome\":\"created\"}\n");
    CHECK(records.exit_code == 0);
    auto const wide =
        run_shell("cd \"$DIR\"; printf '\\377\\376x' > wide; \"$E2B\" report wide", environment);
    CHECK(wide.exit_code == 2);
    CHECK_THAT(wide.err, ContainsSubstring("UTF-16"));
}
