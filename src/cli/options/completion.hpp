#pragma once

#include "cli/options/grammar.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// The script by which a shell completes the program's command lines: `bash`, `zsh` or `fish`; nothing for
// another.
[[nodiscard]] std::optional<std::string> format_completion(Program const& program, std::string_view shell);

} // namespace e2b::cli
