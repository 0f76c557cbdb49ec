#pragma once

#include "cli/options/options.hpp"

#include <e2b/error.hpp>

#include <functional>
#include <optional>
#include <string>

namespace e2b::cli {

// The value of an environment variable; nothing where it is not set, or empty.
using Variables = std::function<std::optional<std::string>(char const*)>;
[[nodiscard]] std::optional<std::string> environment_variable(char const* name);

// Throws UsageError for a variable that says something else than it should, in words that the library, which
// sees only what was made of it, does not have.
void check_variables(SendOptions const& options, Variables const& variable);

// What the library says of a field of its configuration, with the option or the variable that it came from.
[[nodiscard]] std::string explain(ConfigError const& error, SendOptions const& options,
                                  Variables const& variable);

// What the library says of a field of a query, with the option that it came from.
[[nodiscard]] std::string explain_filter(std::string const& problem);

} // namespace e2b::cli
