#pragma once

#include <string>
#include <utility>
#include <vector>

namespace e2b::inline v0 {

/// One page of a list. `ListPages` (`e2b/pages.hpp`) reads one after another.
template <class T>
struct ListPage {
    ListPage() = default;
    /// A page of these items, and where the next one begins.
    ListPage(std::vector<T> page_items, std::string next)
        : items(std::move(page_items)),
          next_token(std::move(next)) {}

    /// Newest first. May be empty even where more pages follow.
    std::vector<T> items;
    /// Where the next page begins, as the platform said it; empty on the last page. Good only for the same
    /// query.
    std::string next_token;

    /// Whether more pages follow.
    [[nodiscard]] bool has_next() const noexcept { return !next_token.empty(); }
};

} // namespace e2b::inline v0
