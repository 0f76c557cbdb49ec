#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// A key that stands more than once in a JSON object, which a parser would take the last value of in silence.
// What is within its values does not count. Precondition: the text is a JSON object.
[[nodiscard]] std::optional<std::string> find_repeated_key(std::string_view object);

} // namespace e2b::cli
