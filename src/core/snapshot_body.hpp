#pragma once

#include <e2b/snapshot.hpp>

#include <optional>
#include <string_view>

namespace e2b::core {

/// Reads the body of a 201. Strict, as the id is all that leads back to the snapshot: a JSON object in UTF-8,
/// at most 32 levels deep, `snapshotID` a string and `names` an array of strings, each of 1 to 512 bytes.
/// `names` may be null or left out, which some servers do in place of an empty array. Other members are
/// ignored, but no two members of the object may have the same key. Allocates nothing but the result's own
/// strings.
[[nodiscard]] std::optional<SnapshotInfo> parse_snapshot_info(std::string_view body);

} // namespace e2b::core
