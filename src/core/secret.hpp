#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::core {

/// Overwrites the buffer of `text`, in a way that no optimiser removes, and empties it.
void wipe(std::string& text) noexcept;

/// `text` with `***` wherever it has `secret` (if that is not empty), cut to `most` bytes between two
/// characters of UTF-8. No part of the secret is left where it is cut.
[[nodiscard]] std::string redacted(std::string_view text, std::string_view secret, std::size_t most);

} // namespace e2b::core
