#include "integration/cli_platform.hpp"
#include "support/catch.hpp"
#include "support/json_schema.hpp"
#include "support/temporary_directory.hpp"

#include <chrono>
#include <set>
#include <sstream>

using namespace e2b;
using namespace e2b::test;

namespace {

JsonSchema published() {
    return JsonSchema::load(std::string(E2B_SOURCE_DIR) + "/src/cli/output/e2b-snapshot.schema.json");
}

// What this version writes is described to the last field.
JsonSchema const& schema() {
    static JsonSchema const loaded = published().closed();
    return loaded;
}

void check_lines(std::vector<std::string> const& lines, std::string const& definition) {
    CHECK_FALSE(lines.empty());
    for (auto const& line : lines) {
        INFO(line);
        auto const value = boost::json::parse(line);
        CHECK(schema().find_problem(value, definition).value_or("") == "");
        CHECK(schema().find_problem(value).value_or("") == "");
    }
}

std::set<std::string> events(std::vector<std::string> const& lines) {
    std::set<std::string> result;
    for (auto const& line : lines)
        result.insert(text_at(parse_line(line), "event"));
    return result;
}

} // namespace

TEST_CASE("everything that the command writes as JSON fits its schema", "[cli][schema]") {
    SimulatorOptions options;
    options.sandboxes = 30;
    options.slots_per_node = 0;
    options.latency = std::chrono::milliseconds(30);
    Platform platform(options);
    auto const environment = platform.environment();
    auto const ids = platform.simulator.sandbox_ids();
    auto const run = [&](std::vector<std::string> arguments, std::string_view input = {}) {
        return run_command(std::move(arguments), environment, input).lines;
    };
    check_lines(run({"create", ids[0], "--name", "nightly", "--unique-tag", "--filesystem-only"}), "record");
    check_lines(run({"create", "i0000000000000000000x"}), "record");
    check_lines(run({"sandboxes", "--output", "json"}), "sandbox");
    check_lines(run({"list", "--output", "json"}), "snapshot");
    check_lines(run({"delete", "--yes", "nobody/nothing:v1", "team-sim/nightly:default"}), "deletion");
    auto const list = platform.list() + ids[1] + "\n" + ids[1] + "\n{}\nbad id here\ninone nightly\n";
    check_lines(run({"bulk", "-", "--dry-run", "--output", "json", "--filesystem-only", "--allow-id-as-name"},
                    ids[0] + '\n' + ids[1] + " nightly\n"),
                "planned");
    platform.simulator.disturb(0.2, SimulatorFault::close());
    platform.simulator.disturb(0.1, SimulatorFault::reject(503));
    platform.simulator.disturb(0.1, SimulatorFault::reject(429));
    TemporaryDirectory const directory;
    directory.write("ids.txt", list);
    auto const path = directory.path() + "/run.jsonl";
    auto const records =
        run({"bulk", directory.path() + "/ids.txt", "--journal", path, "--busy-timeout", "2s"});
    check_lines(records, "record");
    std::string unknown;
    for (auto const& line : records)
        unknown += line + '\n';
    std::vector<std::string> journal;
    std::istringstream text(directory.read("run.jsonl"));
    for (std::string line; std::getline(text, line);)
        journal.push_back(line);
    check_lines(journal, "journalLine");
    CHECK(events(journal) == std::set<std::string>{"run", "try", "refused", "end", "progress"});
    check_lines(run({"report", path, "--only", "created"}), "record");
    check_lines(run({"reconcile", "-", "--settle", "1ms", "--output", "json"}, unknown), "finding");
    check_lines(run({"demo", "--sandboxes", "2", "--output", "json"}), "record");
}

TEST_CASE("the schema takes fields that a later version adds", "[cli][schema]") {
    std::vector<std::pair<std::string, std::string>> const lines{
        {"record", R"({"schema":1,"outcome":"created","attempts":1,"elapsedMs":2,"new":0})"},
        {"record", R"({"schema":1,"outcome":"unknown","attempts":1,"elapsedMs":2,)"
                   R"("error":{"code":"reset","message":"","new":{}}})"},
        {"planned", R"({"schema":1,"sandboxID":"i","new":0})"},
        {"finding",
         R"({"schema":1,"sandboxID":"i","finding":"created","sandbox":"gone","reason":"","new":0})"},
        {"deletion", R"({"schema":1,"snapshotID":"s","outcome":"deleted","new":0})"},
        {"snapshot", R"({"schema":1,"snapshotID":"s","names":[],"new":0})"},
        {"sandbox", R"({"schema":1,"sandboxID":"i","templateID":"t","state":"running","new":0})"},
        {"made", R"({"schema":1,"sandboxID":"i","snapshotID":"s","startedAt":"2026-11-24T05:03:12.123456Z",)"
                 R"("endedAt":"2026-11-24T05:03:12.123456Z","new":0})"},
        {"journalLine", R"({"event":"progress","at":"2026-11-24T05:03:12.123456Z","inFlight":1,"window":2,)"
                        R"("new":0})"},
    };
    auto const open = published();
    for (auto const& [definition, line] : lines) {
        INFO(line);
        auto const value = boost::json::parse(line);
        CHECK(open.find_problem(value, definition).value_or("") == "");
        CHECK(open.find_problem(value).value_or("") == "");
        CHECK(schema().find_problem(value, definition));
    }
}

TEST_CASE("what is not as the schema says is found out", "[cli][schema]") {
    auto const problem_of = [](std::string const& text, std::string const& definition) {
        return schema().find_problem(boost::json::parse(text), definition);
    };
    std::string const good = R"({"schema":1,"outcome":"created","attempts":1,"elapsedMs":2.5})";
    CHECK_FALSE(problem_of(good, "record"));
    CHECK(problem_of(R"({"schema":2,"outcome":"created","attempts":1,"elapsedMs":2.5})", "record"));
    CHECK(problem_of(R"({"schema":1,"outcome":"made","attempts":1,"elapsedMs":2.5})", "record"));
    CHECK(problem_of(R"({"schema":1,"outcome":"created","attempts":-1,"elapsedMs":2.5})", "record"));
    CHECK(problem_of(R"({"schema":1,"outcome":"created","elapsedMs":2.5})", "record"));
    CHECK(problem_of(R"({"schema":1,"outcome":"created","attempts":1,"elapsedMs":2,"extra":0})", "record"));
    CHECK(problem_of(R"({"schema":1,"outcome":"created","attempts":1,"elapsedMs":2,"startedAt":"today"})",
                     "record"));
}
