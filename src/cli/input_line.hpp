#pragma once

#include <e2b/snapshot.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace e2b::cli {

// A line of the input that says nothing that could be sent.
struct MalformedLine {
    std::string sandbox_id; // where it could be read; otherwise empty
    std::string problem;    // names the field
};

using InputLine = std::variant<SnapshotRequest, MalformedLine>;

// What white space is in the input: also the carriage return of files that come from elsewhere.
bool is_blank(std::string_view line);

// A sandbox id, optionally followed by white space and a name; or the JSON object
// `{"sandboxID": "...", "name": "...", "memory": false}`, whose name and memory may be null or left out. What
// does not say its kind is of the kind `otherwise`. The grammar of ids and names is the library's to check.
InputLine parse_input_line(std::string_view line, SnapshotKind otherwise = SnapshotKind::full);

} // namespace e2b::cli
