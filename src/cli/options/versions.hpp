#pragma once

#include <string>
#include <string_view>

namespace e2b::cli {

// This command's version.
[[nodiscard]] std::string_view version() noexcept;

// What `--version` prints: the command, the libraries that it runs with, and the compiler.
[[nodiscard]] std::string format_versions();

} // namespace e2b::cli
