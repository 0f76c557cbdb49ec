#pragma once

#include "cli/name_template.hpp"
#include "cli/record.hpp"

#include <e2b/shard.hpp>
#include <e2b/snapshot.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace e2b::cli {

// The lines of a journal, each a JSON object whose `event` says which it is.

// A command began to write.
struct RunLine {
    RunIdentity run;
    std::string name_template; // empty for none
    std::optional<FleetShard> shard;
    SnapshotKind kind = SnapshotKind::full; // of the items that do not say it
};
// A request is about to be sent: from here to its `EndLine` or `RefusedLine` a snapshot may exist.
struct TryLine {
    SnapshotRequest request;
    std::chrono::system_clock::time_point at;
    std::optional<std::vector<std::string>> baseline; // the snapshots that the sandbox had before
};
// The try provably did nothing, and another will follow.
struct RefusedLine {
    SnapshotRequest request;
    Errc error{};
    // The server's own, as in Failure.
    std::string error_code = {};
    std::string trace_id = {};
};
// What became of the item.
struct EndLine {
    SnapshotRequest request;
    Outcome outcome = Outcome::unknown;
    Errc error{};
    unsigned attempts = 0;
    std::chrono::nanoseconds elapsed{0};
    // If unknown: a moment that is late enough for ReconcileRequest::started_at.
    std::optional<std::chrono::system_clock::time_point> tried_at = {};
};

using JournalLine = std::variant<RunLine, TryLine, RefusedLine, EndLine>;

std::string to_text(RunLine const& line);
std::string to_text(TryLine const& line);
std::string to_text(RefusedLine const& line);
// An EndLine with all that a record has.
std::string to_end_line(Record const& record);

// Nothing where it is not one of these.
std::optional<JournalLine> parse_journal_line(std::string_view text);

} // namespace e2b::cli
