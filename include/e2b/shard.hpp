#pragma once

#include <e2b/export.hpp>

#include <cstddef>
#include <string_view>

namespace e2b::inline v0 {

/// One of `count` parts of a fleet, for runs on several machines. Each sandbox is in exactly one part, on
/// every machine and in every version of this library.
struct E2B_SNAPSHOT_API FleetShard {
    /// From 0 to `count - 1`.
    std::size_t index = 0;
    /// At least 1.
    std::size_t count = 1;

    /// Whether the sandbox is in this part. Thread safety: any thread.
    [[nodiscard]] bool contains(std::string_view sandbox_id) const noexcept;
};

} // namespace e2b::inline v0
