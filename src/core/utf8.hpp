#pragma once

#include <cstddef>
#include <string_view>

namespace e2b::core {

/// How many bytes the UTF-8 character has that `text` begins with; 0 if it begins with none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// Whether the text is made of UTF-8 characters.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

} // namespace e2b::core
