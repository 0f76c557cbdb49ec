#pragma once

#include "cli/input/name_template.hpp"
#include "cli/output/record.hpp"

#include <e2b/shard.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace e2b::cli {

// The lines of a journal, each a JSON object whose `event` says which it is; described in
// output/e2b-snapshot.schema.json.

// How a run was told to go about it, by name, for reports.
using Settings = std::vector<std::pair<std::string, std::string>>;

// A command began to write.
struct RunLine {
    RunIdentity run;
    std::string name_template = {}; // empty for none
    std::optional<FleetShard> shard = {};
    SnapshotKind kind = SnapshotKind::full; // of what does not say it
    Settings settings = {};
};
// A request is about to be sent: from here to its `EndLine` or `RefusedLine` a snapshot may exist.
struct TryLine {
    SnapshotRequest request;
    unsigned copy = 1; // which of several equal lines of the list it is for
    std::chrono::system_clock::time_point at = {};
    std::optional<std::vector<std::string>> baseline = {}; // the snapshots that the sandbox had before
};
// The try provably did nothing, and another will follow.
struct RefusedLine {
    SnapshotRequest request;
    unsigned copy = 1;
    Record::Error error = {};
    std::optional<std::chrono::system_clock::time_point> at = {};
    bool sent = true; // false: the run was stopped after the try was noted, and before it was sent
};
// What became of the item. A later line may know more: what was found out, or an answer that came late.
struct EndLine {
    Record record;
};
// How the run is doing; for reports only.
struct ProgressLine {
    std::chrono::system_clock::time_point at;
    std::uint64_t in_flight = 0;
    std::uint64_t window = 0;
};

using JournalLine = std::variant<RunLine, TryLine, RefusedLine, EndLine, ProgressLine>;

[[nodiscard]] std::string to_text(RunLine const& line);
[[nodiscard]] std::string to_text(TryLine const& line);
[[nodiscard]] std::string to_text(RefusedLine const& line);
[[nodiscard]] std::string to_text(EndLine const& line);
[[nodiscard]] std::string to_text(ProgressLine const& line);

// Nothing where it is not one of these.
[[nodiscard]] std::optional<JournalLine> parse_journal_line(std::string_view text);

} // namespace e2b::cli
