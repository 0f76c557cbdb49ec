#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace e2b;
using namespace e2b::test;

namespace {

// create for the first sandbox, with JSON output since stdout is a pipe.
Finished create(Platform& platform, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"create", platform.simulator.sandbox_ids().front()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_command(std::move(arguments), platform.environment());
}

boost::json::object only_record(Finished const& finished) {
    INFO(finished.err);
    REQUIRE(finished.lines.size() == 1);
    return parse_line(finished.lines.front());
}

} // namespace

TEST_CASE("create prints the snapshot as a JSON line", "[cli]") {
    Platform platform;
    auto const finished = create(platform);
    auto const record = only_record(finished);
    CHECK(finished.exit_code == 0);
    auto const made = platform.simulator.snapshots();
    REQUIRE(made.size() == 1);
    CHECK(text_at(record, "sandboxID") == made.front().sandbox_id);
    CHECK(text_at(record, "outcome") == "created");
    CHECK(text_at(record, "snapshotID") == made.front().snapshot_id);
    CHECK(record.at("names").as_array().empty());
    CHECK(record.at("attempts") == 1);
    CHECK(record.at("elapsedMs").is_double());
    CHECK(record.at("httpStatus") == 201);
    CHECK_FALSE(record.contains("error"));
    CHECK(finished.err.empty());
}

TEST_CASE("create names the snapshot", "[cli]") {
    Platform platform;
    auto const record = only_record(create(platform, {"--name", "nightly:v1"}));
    CHECK(text_at(record, "snapshotID") == "team-sim/nightly:v1");
    CHECK(record.at("names") == boost::json::array{"team-sim/nightly"});
}

TEST_CASE("what an API that cannot be reached stopped has its error", "[cli]") {
    Platform const platform;
    auto environment = platform.environment();
    environment["E2B_API_URL"] = "https://127.0.0.1:1";
    auto const one = run_command({"create", "iabc", "--timeout", "1s"}, environment);
    CHECK(one.exit_code == 1);
    auto const record = only_record(one);
    CHECK(text_at(record, "outcome") == "not_sent");
    CHECK(text_at(error_in(record), "code") == "connect_failed");
    CHECK(text_at(error_in(record), "message").starts_with("the run was stopped: API unreachable for 1 s: "));
    auto const all = run_command({"bulk", "-", "--outage-timeout", "1s"}, environment, "ione\nitwo\nione\n");
    CHECK(all.exit_code == 1);
    REQUIRE(all.lines.size() == 3);
    for (auto const& line : all.lines)
        CHECK(text_at(error_in(parse_line(line)), "code") == "connect_failed");
    CHECK(all.err.find("errors       3 connect_failed\n") != std::string::npos);
}

TEST_CASE("create prints text where that is asked for", "[cli]") {
    Platform platform;
    auto const finished = create(platform, {"--output", "text"});
    REQUIRE(finished.lines.size() == 1);
    CHECK(finished.lines.front().starts_with("created   " + platform.simulator.sandbox_ids().front() + "  "));
}

TEST_CASE("create with --verbose tells of the attempts on stderr", "[cli]") {
    Platform platform;
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::reject(503));
    auto const finished = create(platform, {"--verbose"});
    CHECK(finished.exit_code == 0);
    CHECK(only_record(finished).at("attempts") == 2);
    CHECK(finished.err.find(": rejected busy") != std::string::npos);
    CHECK(finished.err.find(": created status 201") != std::string::npos);
}

TEST_CASE("what the platform refuses is a record with its words, and exit code 1", "[cli]") {
    Platform platform;
    auto const finished = run_command({"create", "i0000000000000000000x"}, platform.environment());
    auto const record = only_record(finished);
    CHECK(finished.exit_code == 1);
    CHECK(text_at(record, "outcome") == "rejected");
    CHECK(record.at("httpStatus") == 404);
    CHECK(text_at(error_in(record), "code") == "not_found");
    CHECK_FALSE(text_at(error_in(record), "message").empty());
}

TEST_CASE("a Retry-After that was not waited for is in the record", "[cli]") {
    Platform platform;
    auto fault = SimulatorFault::reject(429);
    fault.retry_after = std::chrono::seconds(7);
    platform.simulator.script(SimulatorEndpoint::create_snapshot, fault);
    auto const record = only_record(create(platform, {"--max-attempts", "1"}));
    CHECK(text_at(error_in(record), "code") == "rate_limited");
    CHECK(error_in(record).at("retryAfterS") == 7);
}

TEST_CASE("an answer that got lost leaves the outcome unknown", "[cli]") {
    Platform platform;
    platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
    auto const finished = create(platform);
    auto const record = only_record(finished);
    CHECK(finished.exit_code == 1);
    CHECK(text_at(record, "outcome") == "unknown");
    CHECK(text_at(error_in(record), "code") == "closed_before_response");
    CHECK(platform.simulator.snapshots().size() == 1);
}

TEST_CASE("an answer whose body got lost says which status was seen", "[cli]") {
    Platform platform;
    platform.simulator.script(SimulatorEndpoint::create_snapshot,
                              SimulatorFault::raw("HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{",
                                                  SimulatorFault::Moment::after));
    auto const record =
        only_record(create(platform, {"--attempt-timeout", "200ms", "--platform-time-limit", "1s"}));
    CHECK(text_at(record, "outcome") == "unknown");
    CHECK(record.at("httpStatus") == 201);
}

TEST_CASE("what was sent is waited for, however short --attempt-timeout is", "[cli]") {
    SimulatorOptions options;
    options.latency = std::chrono::seconds(1);
    Platform platform(options);
    auto const finished = create(platform, {"--attempt-timeout", "200ms"});
    auto const record = only_record(finished);
    CHECK(finished.exit_code == 0);
    CHECK(text_at(record, "outcome") == "created");
    REQUIRE(platform.simulator.snapshots().size() == 1);
    CHECK(text_at(record, "snapshotID") == platform.simulator.snapshots().front().snapshot_id);
}

TEST_CASE("an id that no sandbox can have is refused, like any other argument", "[cli]") {
    Platform platform;
    auto const id = platform.simulator.sandbox_ids().front();
    for (auto const& arguments : std::vector<std::vector<std::string>>{{"create", "../templates"},
                                                                       {"create", id, "../templates"},
                                                                       {"create", id, "--name", "bad\nname"},
                                                                       {"list", "--sandbox", "bad id"},
                                                                       {"list", "--name", "bad\nname"},
                                                                       {"delete", "--yes", "bad\nid"}}) {
        auto const finished = run_command(arguments, platform.environment());
        INFO(finished.err);
        CHECK(finished.exit_code == 2);
        CHECK(finished.out.empty());
        CHECK(platform.simulator.stats().connections_accepted == 0);
    }
}

TEST_CASE("create takes several ids, and prints a record for each", "[cli]") {
    Platform platform;
    auto const ids = platform.simulator.sandbox_ids();
    auto const finished =
        run_command({"create", ids[0], ids[1], "i0000000000000000000x", ids[2]}, platform.environment());
    CHECK(finished.exit_code == 1);
    CHECK(finished.lines.size() == 4);
    CHECK(platform.simulator.snapshots().size() == 3);
    CHECK(finished.err.empty());
    auto const named =
        run_command({"create", ids[3], ids[4], "--name", "{sandbox}-nightly"}, platform.environment());
    CHECK(named.exit_code == 0);
    CHECK(named.out.find("team-sim/" + ids[4] + "-nightly:default") != std::string::npos);
    auto const tagged =
        run_command({"create", ids[5], ids[6], "--name", "nightly", "--unique-tag"}, platform.environment());
    CHECK(tagged.exit_code == 0);
    CHECK(text_at(parse_line(tagged.lines[0]), "unique") == "tag");
    CHECK(text_at(parse_line(tagged.lines[0]), "snapshotID") !=
          text_at(parse_line(tagged.lines[1]), "snapshotID"));
}

TEST_CASE("create reads ids from stdin", "[cli]") {
    Platform platform;
    auto const ids = platform.simulator.sandbox_ids();
    auto const finished =
        run_command({"create", "-"}, platform.environment(), ids[0] + "\n\n" + ids[1] + "\n");
    CHECK(finished.exit_code == 0);
    CHECK(finished.lines.size() == 2);
    CHECK(platform.simulator.snapshots().size() == 2);
}

TEST_CASE("interrupted before its request was sent, create ends at once", "[cli]") {
    Platform platform;
    auto environment = platform.environment();
    environment["E2B_API_URL"] = "https://127.0.0.1:1"; // where nothing listens
    Process process({"create", platform.simulator.sandbox_ids().front(), "--verbose"}, environment);
    REQUIRE(process.wait_for_err("cannot connect"));
    process.send_signal(SIGINT);
    CHECK(process.wait() == 130);
    INFO(process.err());
    auto const lines = process.out_lines();
    REQUIRE(lines.size() == 1);
    auto const record = parse_line(lines.front());
    CHECK(text_at(record, "outcome") == "not_sent");
    CHECK(text_at(record.at("error").as_object(), "code") == "cancelled");
}

TEST_CASE("the key is read from a file, and is not in the arguments", "[cli]") {
    Platform platform;
    auto environment = platform.environment();
    environment.erase("E2B_API_KEY");
    TemporaryFile const key(platform.simulator.api_key() + "\n");
    auto const finished = run_command(
        {"create", platform.simulator.sandbox_ids().front(), "--api-key-file", key.path()}, environment);
    CHECK(finished.exit_code == 0);
}

TEST_CASE("without a key nothing is sent, and the message says what to do", "[cli]") {
    Platform platform;
    auto environment = platform.environment();
    environment.erase("E2B_API_KEY");
    auto const finished = run_command({"create", "iabc"}, environment);
    CHECK(finished.exit_code == 2);
    CHECK(finished.out.empty());
    CHECK(finished.err.find("E2B_API_KEY") != std::string::npos);
    CHECK(finished.err.find("--api-key-file") != std::string::npos);
}

TEST_CASE("a wrong key is refused by the platform and not printed", "[cli]") {
    Platform platform;
    auto environment = platform.environment();
    environment["E2B_API_KEY"] = "e2b_0123456789secret";
    auto const finished =
        run_command({"create", platform.simulator.sandbox_ids().front(), "--verbose"}, environment);
    CHECK(finished.exit_code == 1);
    CHECK(text_at(error_in(only_record(finished)), "code") == "unauthorized");
    CHECK((finished.out + finished.err).find("0123456789secret") == std::string::npos);
}

TEST_CASE("a server that nobody vouches for is not trusted", "[cli]") {
    Platform platform;
    Platform other;
    TemporaryFile const ca(other.simulator.ca_pem());
    auto const finished = create(platform, {"--ca-file", ca.path()});
    auto const record = only_record(finished);
    CHECK(finished.exit_code == 1);
    CHECK(text_at(record, "outcome") == "not_sent");
    CHECK(text_at(error_in(record), "code") == "tls_verify");
    CHECK(platform.simulator.stats().requests == 0);
}

TEST_CASE("configuration that cannot work is exit code 2 and names the field", "[cli]") {
    Platform platform;
    auto const url = create(platform, {"--api-url", "ftp://127.0.0.1"});
    CHECK(url.exit_code == 2);
    CHECK(url.err.find("--api-url: must") != std::string::npos);
    auto const ca = create(platform, {"--ca-file", "/nonexistent/ca.pem"});
    CHECK(ca.exit_code == 2);
    CHECK(ca.err.find("/nonexistent/ca.pem") != std::string::npos);
    auto const key = create(platform, {"--api-key-file", "/nonexistent/key"});
    CHECK(key.exit_code == 2);
    CHECK(key.err.find("/nonexistent/key") != std::string::npos);
}
