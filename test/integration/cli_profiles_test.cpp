// The command against other servers that speak this API.
#include "integration/cli_platform.hpp"
#include "support/catch.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;
using Profile = SimulatorOptions::Profile;

namespace {

SimulatorOptions fleet(Profile profile, std::size_t sandboxes) {
    SimulatorOptions options;
    options.profile = profile;
    options.sandboxes = sandboxes;
    options.slots_per_node = 0;
    return options;
}

} // namespace

TEST_CASE("on every server the command makes, lists, finds out and deletes", "[cli][profiles]") {
    for (auto const profile : {Profile::e2b, Profile::older, Profile::kruise, Profile::cube}) {
        CAPTURE(static_cast<int>(profile));
        Platform platform(fleet(profile, 20));
        auto const run = [&](std::vector<std::string> const& arguments, std::string const& input = {}) {
            return run_command(arguments, platform.environment(), input);
        };
        auto const id = platform.simulator.sandbox_ids().front();
        auto const made = run({"create", id});
        REQUIRE(made.lines.size() == 1);
        auto const snapshot = text_at(parse_line(made.lines[0]), "snapshotID");
        CHECK(made.exit_code == 0);
        CHECK(run({"list"}).out.find(snapshot) != std::string::npos);
        CHECK(run({"list", "--sandbox", id}).lines.size() == 1);
        CHECK(run({"sandboxes"}).lines.size() == 20);

        platform.simulator.script(SimulatorEndpoint::create_snapshot, SimulatorFault::close());
        auto const finished = run({"bulk", "-", "--reconcile", "--settle", "1ms"}, platform.list());
        INFO(finished.out << finished.err);
        CHECK(finished.exit_code == 0);
        CHECK(finished.lines.size() == 20);
        CHECK(platform.simulator.snapshots().size() == 21);

        CHECK(run({"delete", "--yes", snapshot}).exit_code == 0);
        CHECK(run({"list"}).lines.size() == 20);
    }
}

TEST_CASE("where there are no snapshots, bulk says so and stops", "[cli][profiles]") {
    Platform platform(fleet(Profile::none, 100));
    TemporaryFile const ids(platform.list());
    auto const finished = run_command({"bulk", ids.path(), "--concurrency", "4"}, platform.environment());
    CHECK(finished.exit_code == 1);
    CHECK(finished.lines.size() == 100);
    auto const error = error_in(parse_line(finished.lines.front()));
    CHECK(text_at(error, "code") == "no_such_endpoint");
    CHECK(text_at(error, "message").find("path prefix") != std::string::npos);
    CHECK(platform.simulator.requests(SimulatorEndpoint::other) <= 4);
    auto const reconciled = run_command({"reconcile", "-", "--settle", "0s"}, platform.environment(),
                                        R"({"sandboxID":"iabc","startedAt":"2026-01-01T00:00:00Z"})");
    CHECK(reconciled.exit_code == 1);
    CHECK(text_at(parse_line(reconciled.lines.at(0)), "finding") == "unknown");
    CHECK_FALSE(parse_line(reconciled.lines.at(0)).contains("sureFrom"));
}
