#pragma once

/// \namespace e2b
/// As the library's.

namespace e2b::inline v0 {

/// Documented.
struct Planted {
    /// Documented, in the wrong order.
    ///
    /// Thread safety: none.
    ///
    /// Errors: none.
    int member;
};

void PlantedFunction();

} // namespace e2b::inline v0
