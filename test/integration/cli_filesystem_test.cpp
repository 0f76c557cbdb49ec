// Snapshots of the filesystem alone, from the command line to the platform's account.
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::test;

namespace {

SimulatorOptions fleet(std::size_t sandboxes) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.nodes = 1;
    return options;
}

std::size_t made_without_memory(Platform const& platform) {
    return static_cast<std::size_t>(std::ranges::count(platform.simulator.snapshots(), false,
                                                       [](auto const& made) { return made.memory; }));
}

std::vector<std::string> bulk(TemporaryFile const& journal, std::vector<std::string> const& more) {
    std::vector<std::string> arguments{"bulk", "-", "--journal", journal.path()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

} // namespace

TEST_CASE("create takes the filesystem alone", "[cli][filesystem]") {
    Platform platform(fleet(1));
    auto const id = platform.simulator.sandbox_ids().front();
    auto const finished = run_command({"create", id, "--filesystem-only"}, platform.environment());
    CHECK(finished.exit_code == 0);
    CHECK(parse_line(finished.lines.at(0)).at("memory") == false);
    CHECK(made_without_memory(platform) == 1);
    CHECK(run_command({"create", id}, platform.environment()).out.find("memory") == std::string::npos);
    CHECK(made_without_memory(platform) == 1);
}

TEST_CASE("a line of a list says its kind, and --filesystem-only is for those that do not",
          "[cli][filesystem]") {
    Platform platform(fleet(3));
    auto const ids = platform.simulator.sandbox_ids();
    auto const list = ids[0] + "\n{\"sandboxID\":\"" + ids[1] + "\",\"memory\":false}\n{\"sandboxID\":\"" +
                      ids[2] + "\",\"memory\":true}\n";
    CHECK(run_command({"bulk", "-"}, platform.environment(), list).exit_code == 0);
    CHECK(made_without_memory(platform) == 1);
    auto const shown =
        run_command({"bulk", "-", "--filesystem-only", "--dry-run"}, platform.environment(), list);
    REQUIRE(shown.lines.size() == 3);
    CHECK(parse_line(shown.lines[0]).contains("memory"));
    CHECK_FALSE(parse_line(shown.lines[2]).contains("memory"));
    CHECK(run_command({"bulk", "-", "--filesystem-only"}, platform.environment(), list).exit_code == 0);
    CHECK(made_without_memory(platform) == 3);
    CHECK(run_command({"bulk", "--select", "--filesystem-only"}, platform.environment()).exit_code == 0);
    CHECK(made_without_memory(platform) == 6);
}

TEST_CASE("a resumed run goes on with what it began with", "[cli][filesystem][journal]") {
    Platform platform(fleet(4));
    TemporaryFile journal;
    journal.remove();
    auto const first = platform.simulator.sandbox_ids().front() + "\n";
    CHECK(run_command(bulk(journal, {"--filesystem-only"}), platform.environment(), first).exit_code == 0);
    auto const full = run_command(bulk(journal, {"--resume"}), platform.environment(), platform.list());
    CHECK(full.exit_code == 2);
    CHECK(full.err.find("was made with --filesystem-only") != std::string::npos);
    auto const resumed = run_command(bulk(journal, {"--resume", "--filesystem-only"}), platform.environment(),
                                     platform.list());
    CHECK(resumed.exit_code == 0);
    CHECK(resumed.lines.size() == 3);
    CHECK(made_without_memory(platform) == 4);
    CHECK(platform.simulator.snapshots().size() == 4);
    auto const report = run_command({"report", journal.path(), "--only", "created"});
    REQUIRE(report.lines.size() == 4);
    for (auto const& line : report.lines)
        CHECK(parse_line(line).at("memory") == false);
}

TEST_CASE("where a sandbox's snapshot must have its memory, that is said once", "[cli][filesystem]") {
    Platform platform(fleet(2));
    platform.simulator.outdate_node(0);
    auto const refused =
        run_command({"bulk", "-", "--filesystem-only"}, platform.environment(), platform.list());
    CHECK(refused.exit_code == 1);
    for (auto const& line : refused.lines) {
        auto const record = parse_line(line);
        CHECK(record.at("attempts") == 1);
        CHECK(record.at("error").at("code") == "unsupported");
        CHECK(record.at("error").at("errorCode") == "snapshot_filesystem_only_unsupported_node");
    }
    CHECK(run_command({"bulk", "-"}, platform.environment(), platform.list()).exit_code == 0);
}
