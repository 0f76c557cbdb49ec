#include "cli/basics/usage_error.hpp"
#include "cli/commands/ledger.hpp"
#include "support/catch.hpp"

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;

TEST_CASE("a ledger line", "[cli][ledger]") {
    SimulatedSnapshot record;
    record.sandbox_id = "iabc";
    record.snapshot_id = "abc:default";
    record.finished_at = record.started_at + 2s;
    CHECK(
        to_ledger_line(record) ==
        R"({"schema":1,"sandboxID":"iabc","snapshotID":"abc:default","startedAt":"1970-01-01T00:00:00.000000Z",)"
        R"("endedAt":"1970-01-01T00:00:02.000000Z"})"
        "\n");
    record.memory = false;
    CHECK(to_ledger_line(record).find(R"("snapshotID":"abc:default","memory":false,"startedAt")") !=
          std::string::npos);
}

TEST_CASE("a ledger that cannot be opened is refused, naming it", "[cli][ledger]") {
    CHECK_THROWS_WITH(Ledger("/nonexistent/ledger"),
                      Catch::Matchers::ContainsSubstring("/nonexistent/ledger"));
}
