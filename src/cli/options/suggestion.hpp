#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// How many letters must be put in, left out, changed, or swapped with their neighbour, to make one word of
// the other.
[[nodiscard]] std::size_t edit_distance(std::string_view one, std::string_view other);

// Which of the known words somebody meant who wrote this one: the shortest that begins with it, or else the
// nearest, if it is near.
[[nodiscard]] std::optional<std::string> suggestion(std::string_view word,
                                                    std::vector<std::string> const& known);

} // namespace e2b::cli
