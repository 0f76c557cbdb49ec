#pragma once

#include <e2b/export.hpp>

#include <iosfwd>
#include <string_view>

namespace e2b::inline v0 {

/// What a deletion found.
enum class Deletion : unsigned char {
    deleted, ///< it was there, and is not any more
    absent,  ///< there was none
};

/// The value's name, such as `deleted`. Thread safety: any thread.
[[nodiscard]] E2B_SNAPSHOT_API std::string_view to_string(Deletion value) noexcept;
/// Prints what `to_string` says. `e2b/format.hpp` has the same for `std::format`.
E2B_SNAPSHOT_API std::ostream& operator<<(std::ostream& out, Deletion value);

} // namespace e2b::inline v0
