#pragma once

#include "cli/options/grammar.hpp"

#include <string>
#include <string_view>

namespace e2b::cli {

// The manual page of the program and all its subcommands, for man(1).
[[nodiscard]] std::string format_man_page(Program const& program, std::string_view version);

} // namespace e2b::cli
