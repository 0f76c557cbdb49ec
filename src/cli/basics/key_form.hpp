#pragma once

#include <string>
#include <string_view>

namespace e2b::cli {

// Whether a word is an API key by its form: `e2b_` and 20 or more hexadecimal digits. No id of a sandbox
// looks like that.
[[nodiscard]] bool is_key_form(std::string_view word) noexcept;

// A text in which whatever may be an API key, or a part of one, is replaced. For messages that repeat what
// was given.
[[nodiscard]] std::string without_keys(std::string_view text);

} // namespace e2b::cli
