#include "cli/options/suggestion.hpp"

#include <algorithm>
#include <cstddef>

namespace e2b::cli {

std::size_t edit_distance(std::string_view one, std::string_view other) {
    // Rows of the table of distances between beginnings of the two: the row at hand and the two above it.
    std::vector<std::size_t> above_that(other.size() + 1);
    std::vector<std::size_t> above(other.size() + 1);
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t j = 0; j <= other.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
        above_that.swap(above);
        above.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            std::size_t const change = one[i - 1] == other[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            bool const swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if (swapped)
                row[j] = std::min(row[j], above_that[j - 2] + 1);
        }
    }
    return row[other.size()];
}

std::optional<std::string> suggestion(std::string_view word, std::vector<std::string> const& known) {
    std::optional<std::string> nearest;
    // Every third letter may be wrong.
    std::size_t least = word.size() / 3 + 1;
    for (auto const& each : known) {
        auto const distance = edit_distance(word, each);
        if (distance < least) {
            least = distance;
            nearest = each;
        }
    }
    if (nearest || word.size() < 3)
        return nearest;
    auto const begins = [&](std::string const& each) { return each.starts_with(word); };
    if (std::ranges::count_if(known, begins) == 1)
        return *std::ranges::find_if(known, begins);
    return std::nullopt;
}

} // namespace e2b::cli
