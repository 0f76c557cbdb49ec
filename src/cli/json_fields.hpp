#pragma once

#include "cli/json_writer.hpp"

#include <e2b/snapshot.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// What the lines of JSON that the command writes and reads have in common.

// `sandboxID`, `name` where there is one, and `memory`.
void write_request(JsonObjectWriter& object, SnapshotRequest const& request);
// `memory` where it is false: a snapshot of the filesystem alone.
void write_kind(JsonObjectWriter& object, SnapshotKind kind);

// Nothing where it is not there or not a string.
std::optional<std::string> text_at(boost::json::object const& object, std::string_view name);
// As `write_kind` writes it.
SnapshotKind kind_in(boost::json::object const& object);

} // namespace e2b::cli
