#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <signal.h>

using namespace e2b;
using namespace e2b::test;

namespace {

// What stands behind `label: ` on a line of its own.
std::string value_of(Process const& process, std::string_view label) {
    for (auto const& line : process.out_lines()) {
        if (line.starts_with(label))
            return line.substr(label.size() + 2);
    }
    return {};
}

} // namespace

TEST_CASE("the demo ends with all created", "[cli]") {
    auto const finished = run_command({"demo", "--sandboxes", "50", "--latency", "1ms"});
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    REQUIRE_FALSE(finished.lines.empty());
    CHECK(finished.lines.back().starts_with("50 of 50 created in "));
}

TEST_CASE("the demo prints records where --output asks for them", "[cli]") {
    auto const finished = run_command({"demo", "--sandboxes", "50", "--latency", "0ms", "--output", "json"});
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 50);
    CHECK(finished.err.find("50 of 50 created") != std::string::npos);
}

TEST_CASE("simulate serves, lists its sandboxes and keeps a ledger", "[cli]") {
    TemporaryFile const ids;
    TemporaryFile const ledger;
    Process simulator(
        {"simulate", "--sandboxes", "20", "--nodes", "4", "--ids", ids.path(), "--ledger", ledger.path()});
    REQUIRE(simulator.wait_for_out("API key: e2b_"));
    REQUIRE(ids.lines().size() == 20);
    auto const ca_file = value_of(simulator, "CA file");
    CHECK(std::filesystem::exists(ca_file));

    auto const finished =
        run_command({"bulk", ids.path(), "--api-url", value_of(simulator, "URL"), "--ca-file", ca_file},
                    {{"E2B_API_KEY", value_of(simulator, "API key")}});
    INFO(finished.err);
    CHECK(finished.exit_code == 0);

    std::set<std::string> recorded;
    for (auto const& line : finished.lines)
        recorded.insert(text_at(parse_line(line), "snapshotID"));
    std::set<std::string> made;
    for (auto const& line : ledger.lines()) {
        auto const record = parse_line(line);
        made.insert(text_at(record, "snapshotID"));
        CHECK_FALSE(text_at(record, "sandboxID").empty());
        CHECK(text_at(record, "startedAt") <= text_at(record, "endedAt"));
    }
    CHECK(made.size() == 20);
    CHECK(made == recorded);

    simulator.send_signal(SIGTERM);
    CHECK(simulator.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(ca_file));
}

TEST_CASE("simulate refuses what waits too long for a slot, and what comes too fast", "[cli]") {
    auto const statuses = [](std::vector<std::string> const& more) {
        TemporaryFile const ids;
        std::vector<std::string> arguments{"simulate", "--sandboxes", "20", "--ids", ids.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        Process simulator(arguments);
        REQUIRE(simulator.wait_for_out("API key: e2b_"));
        auto const finished =
            run_command({"bulk", ids.path(), "--busy-timeout", "1ms", "--concurrency", "20", "--api-url",
                         value_of(simulator, "URL"), "--ca-file", value_of(simulator, "CA file")},
                        {{"E2B_API_KEY", value_of(simulator, "API key")}});
        std::set<std::int64_t> result;
        for (auto const& line : finished.lines)
            result.insert(parse_line(line).at("httpStatus").to_number<std::int64_t>());
        return result;
    };
    CHECK(statuses({"--slots", "1", "--latency", "1s", "--queue-timeout", "1ms"}) ==
          std::set<std::int64_t>{201, 503});
    CHECK(statuses({"--latency-spread", "1ms", "--rate-limit", "1"}) == std::set<std::int64_t>{201, 429});
}

TEST_CASE("simulate accepts the key of the environment and does not print it", "[cli]") {
    Process simulator({"simulate", "--sandboxes", "1"}, {{"E2B_API_KEY", "e2b_chosen"}});
    REQUIRE(simulator.wait_for_out("CA file: "));
    simulator.send_signal(SIGINT);
    CHECK(simulator.wait() == 0);
    CHECK((simulator.out() + simulator.err()).find("e2b_chosen") == std::string::npos);
}

TEST_CASE("a port that is taken is exit code 2", "[cli]") {
    Platform platform;
    auto const finished = run_command({"simulate", "--port", std::to_string(platform.simulator.port())});
    CHECK(finished.exit_code == 2);
    CHECK(finished.err.find(std::to_string(platform.simulator.port())) != std::string::npos);
}

TEST_CASE("simulate is another server, and bulk stops at once where its path prefix is missing",
          "[cli][simulate]") {
    TemporaryFile const ids;
    Process simulator({"simulate", "--profile", "kruise", "--sandboxes", "50", "--ids", ids.path()},
                      {{"E2B_API_KEY", "e2b_secret"}});
    REQUIRE(simulator.wait_for_out(".pem\n"));
    auto const lines = simulator.out_lines();
    auto const url = lines[0].substr(lines[0].find("https"));
    REQUIRE(url.ends_with("/kruise/api"));
    auto environment = Process::Environment{{"E2B_API_KEY", "e2b_secret"},
                                            {"E2B_API_URL", url},
                                            {"SSL_CERT_FILE", lines[1].substr(lines[1].find('/'))}};
    CHECK(run_command({"bulk", ids.path(), "--quiet"}, environment).exit_code == 0);

    environment["E2B_API_URL"] = url.substr(0, url.find("/kruise"));
    auto const stopped = run_command({"bulk", ids.path(), "--quiet"}, environment);
    CHECK(stopped.exit_code == 1);
    CHECK(stopped.lines.size() == 50);
    std::size_t sent = 0;
    for (auto const& line : stopped.lines) {
        auto const record = parse_line(line);
        sent += record.at("attempts").as_int64() > 0 ? 1 : 0;
        if (record.at("attempts").as_int64() > 0) {
            CHECK(text_at(error_in(record), "code") == "no_such_endpoint");
            CHECK(text_at(error_in(record), "message").find("path prefix") != std::string::npos);
        }
    }
    CHECK(sent > 0);
    CHECK(sent <= 16); // what was in flight by the first answer
}
