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
    /// Documented, with parts in the wrong order that have one text, over the end of a line. Errors,
    /// lifetime, thread safety: none.
    int other;
};

void PlantedFunction();

} // namespace e2b::inline v0
