#pragma once

#include "cli/options/grammar.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::cli {

// No line of help is longer.
inline constexpr std::size_t help_columns = 80;

// What `--help` prints of the program and of one of its subcommands.
[[nodiscard]] std::string format_help(Program const& program);
[[nodiscard]] std::string format_help(Program const& program, Command const& command);

// The words of a text in lines of at most `columns`, each behind `indent` blanks and ended by a line feed. A
// line of the text that begins with a blank stays as it is.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent,
                                  std::size_t columns = help_columns);

// The help of an option, with what it is by default and whether it may be repeated.
[[nodiscard]] std::string full_help(Option const& option);

} // namespace e2b::cli
