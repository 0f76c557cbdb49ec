#pragma once

#include "cli/basics/json_writer.hpp"

#include <e2b/reconcile.hpp>
#include <e2b/result.hpp>

#include <boost/json/object.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// What became of one item: as results print it, as journals note it, and as reports read it. Its JSON is
// described in e2b-snapshot.schema.json.
struct Record {
    std::size_t line = 0;                             // of the input; 0 where it did not come from a line
    unsigned copy = 1;                                // which of several equal lines it is
    std::string sandbox_id;                           // empty where the input did not say it
    std::optional<std::string> name;                  // as it was asked for
    NameUniqueness uniqueness = NameUniqueness::none; // of the name
    SnapshotKind memory = SnapshotKind::full;
    Outcome outcome = Outcome::not_sent;
    std::string snapshot_id;
    std::vector<std::string> names;
    unsigned attempts = 0; // of all runs that the journal tells of, if there is one
    std::optional<std::chrono::nanoseconds> elapsed{0}; // nothing where nobody noted it
    unsigned http_status = 0;                           // 0 where no answer was seen
    // When its last try began and ended; nothing where there was none, or nobody noted it.
    std::optional<std::chrono::system_clock::time_point> started_at;
    std::optional<std::chrono::system_clock::time_point> ended_at;

    struct Error {
        Errc code{};
        std::string message;
        // The server's own, as in Failure.
        std::string error_code = {};
        std::string trace_id = {};
        std::optional<std::chrono::seconds> retry_after = {};
    };
    std::optional<Error> error; // unless created
    bool was_left = false;      // not sent, as the run was stopped; is not written
};

inline constexpr std::array all_outcomes{Outcome::created, Outcome::rejected, Outcome::not_sent,
                                         Outcome::unknown};

// The version of the JSON that is written, and the only one that is read.
inline constexpr int record_schema = 1;

// The result of a call, without line and times.
[[nodiscard]] Record make_record(SnapshotRequest const& request, Result<SnapshotInfo> result);
// An item that nothing was sent for, since `problem` was wrong with it.
[[nodiscard]] Record make_invalid_record(std::size_t line, std::string sandbox_id,
                                         std::string const& problem);

// One line with its line feed. Control bytes and bytes that are not UTF-8 are escaped.
[[nodiscard]] std::string to_json_line(Record const& record);
[[nodiscard]] std::string to_text_line(Record const& record, bool in_colour = false);
// The sequence that begins the colour in which terminals show this outcome, and the one that ends it.
[[nodiscard]] std::string_view colour_of(Outcome outcome) noexcept;
inline constexpr std::string_view end_of_colour = "\x1b[0m";
// The fields alone, for an object that has others besides.
void write_record(JsonObjectWriter& object, Record const& record);
// `sandboxID`, and `name` and `memory` where they are not what they are by default.
void write_request(JsonObjectWriter& object, SnapshotRequest const& request);
// A failure's error.
void write_error(JsonObjectWriter& object, Record::Error const& error);
[[nodiscard]] Record::Error make_error(Failure const& failure);

// A record as it was written. Yields nothing where it has no sandbox or no known outcome.
[[nodiscard]] std::optional<Record> read_record(boost::json::object const& object);

// The values of these names; nothing where there is none.
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view name);
[[nodiscard]] std::optional<Errc> parse_error(std::string_view name);
[[nodiscard]] std::optional<NameUniqueness> parse_uniqueness(std::string_view name);

} // namespace e2b::cli
