#pragma once

#include <e2b/snapshot.hpp>

#include <cstdint>

namespace e2b::core {

/// As `e2b::with_unique_tag`, with the number that makes the tag.
[[nodiscard]] SnapshotRequest with_tag_of(SnapshotRequest request, std::uint64_t number);

} // namespace e2b::core
