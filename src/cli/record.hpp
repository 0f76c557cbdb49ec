#pragma once

#include "cli/json_writer.hpp"

#include <e2b/reconcile.hpp>
#include <e2b/result.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// What became of one item, as it is printed.
struct Record {
    std::string sandbox_id;                           // empty where the input did not say it
    std::optional<std::string> name;                  // as it was asked for
    NameUniqueness uniqueness = NameUniqueness::none; // of the name
    SnapshotKind memory = SnapshotKind::full;
    Outcome outcome = Outcome::not_sent;
    std::string snapshot_id;
    std::vector<std::string> names;
    unsigned attempts = 0;
    std::chrono::nanoseconds elapsed{0};
    unsigned http_status = 0;
    std::optional<std::chrono::system_clock::time_point> last_try; // when it began

    struct Error {
        Errc code;
        std::string message;
        std::optional<std::chrono::seconds> retry_after;
        // The server's own, as in Failure.
        std::string error_code = {};
        std::string trace_id = {};
    };
    std::optional<Error> error; // unless created
};

// `line` is the number of the input line that asked for it; 0 where there was no line.
Record make_record(std::string sandbox_id, Result<SnapshotInfo> result, std::size_t line = 0);

// An item that nothing was sent for, since `problem` was wrong with it.
Record make_invalid_record(std::string sandbox_id, std::string const& problem, std::size_t line);

// One line with its line feed. Control bytes and bytes that are not UTF-8 are escaped.
std::string to_json_line(Record const& record);
std::string to_text_line(Record const& record);

// What the server calls the error, and what it knows the request by, where it said so.
void write_server_words(JsonObjectWriter& error, std::string const& error_code, std::string const& trace_id);

// The values of these names; nothing where there is none.
std::optional<Outcome> parse_outcome(std::string_view name);
std::optional<Errc> parse_error(std::string_view name);
std::optional<NameUniqueness> parse_uniqueness(std::string_view name);

} // namespace e2b::cli
