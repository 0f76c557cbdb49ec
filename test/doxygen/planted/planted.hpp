#pragma once

/// \namespace e2b
/// As the library's.

namespace e2b::inline v0 {

/// Documented.
struct Planted {
    /// Documented.
    int member;
};

void PlantedFunction();

} // namespace e2b::inline v0
