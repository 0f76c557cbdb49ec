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

// Nothing but blanks, tabs and carriage returns.
bool is_blank(std::string_view line);

struct LineRules {
    // A second word that looks like a sandbox's id is a name all the same.
    bool allow_id_as_name = false;
    // Of what does not say it.
    SnapshotKind kind = SnapshotKind::full;
    // Messages may name the options of `bulk`.
    bool names_bulk_options = true;
};

// A sandbox id, optionally followed by blanks or tabs and a name; or the JSON object
// `{"sandboxID": "...", "name": "...", "memory": false}`, whose name and memory may be null or left out. The
// other fields of what this command prints are passed over. A carriage return at the end belongs to the
// line's end. The grammar of ids and names is the library's to check.
InputLine parse_input_line(std::string_view line, LineRules const& rules = {});

} // namespace e2b::cli
