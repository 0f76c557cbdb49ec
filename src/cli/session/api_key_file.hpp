#pragma once

#include <e2b/config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// The content of a key file without its last line feed. Throws UsageError where it cannot be read, or holds
// something else than a key.
[[nodiscard]] ApiKey read_api_key_file(std::string const& path);

// What is wrong with a key that the library would not say in words of files and variables.
[[nodiscard]] std::optional<std::string> find_key_problem(std::string_view key);

} // namespace e2b::cli
