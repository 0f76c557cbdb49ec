#pragma once

#include <string>
#include <vector>

namespace e2b {

/// One page of a list. `Pages` (`e2b/pages.hpp`) reads one after another.
template <class T>
struct Page {
    /// Newest first. May be empty even where more pages follow.
    std::vector<T> items;
    /// Where the next page begins, as the platform said it; empty on the last page. Good only for the same
    /// query.
    std::string next_token;

    [[nodiscard]] bool has_next() const noexcept { return !next_token.empty(); }
};

} // namespace e2b
