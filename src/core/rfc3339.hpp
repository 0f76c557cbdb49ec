#pragma once

#include <string_view>

namespace e2b::core {

// Whether the text is a time as in RFC 3339, as strictly as the platform reads it: `T` and `Z` are capitals,
// there are no leap seconds, and the time zone is there.
[[nodiscard]] bool is_rfc3339(std::string_view text) noexcept;

} // namespace e2b::core
