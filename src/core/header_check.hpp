#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::core {

/// What is wrong with the headers that a user adds to requests, if anything; names a header, never its value.
/// They may have `kib` KiB in all.
[[nodiscard]] std::optional<std::string>
header_problem(std::vector<std::pair<std::string, std::string>> const& headers, std::size_t kib);

/// Printable ASCII (spaces included) of 1 to `max_size` bytes, without a space at either end.
[[nodiscard]] bool is_header_value(std::string_view value, std::size_t max_size) noexcept;

} // namespace e2b::core
