#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::core {

/// Overwrites the buffer of `text`, in a way that no optimiser removes, and empties it.
void wipe(std::string& text) noexcept;

/// Empties `text`, which may hold a secret, and makes room for `size` bytes, so that appending as many leaves
/// no copy behind in a buffer that was outgrown.
void renew(std::string& text, std::size_t size);

} // namespace e2b::core
