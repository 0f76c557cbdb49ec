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
// `{"sandboxID": "...", "name": "..."}`, whose name may be null or left out. The grammar of ids and names is
// the library's to check.
InputLine parse_input_line(std::string_view line);

} // namespace e2b::cli
