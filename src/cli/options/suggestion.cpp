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

namespace {

// The shortest of the known words that begin with this one; nothing where two are as short.
std::optional<std::string> completed(std::string_view word, std::vector<std::string> const& known) {
    std::optional<std::string> shortest;
    bool is_alone = false;
    for (auto const& each : known) {
        if (!each.starts_with(word) || (shortest && each.size() > shortest->size()))
            continue;
        is_alone = !shortest || each.size() < shortest->size();
        shortest = each;
    }
    return is_alone ? shortest : std::nullopt;
}

} // namespace

std::optional<std::string> suggestion(std::string_view word, std::vector<std::string> const& known) {
    bool const says_something = word.find_first_not_of('-') != std::string_view::npos;
    if (auto whole = says_something ? completed(word, known) : std::nullopt)
        return whole;
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
    return nearest;
}

} // namespace e2b::cli
