#pragma once

namespace e2b::inline v0 {

/// What a deletion found.
enum class Deletion : unsigned char {
    deleted, ///< it was there, and is not any more
    absent,  ///< there was none
};

} // namespace e2b::inline v0
