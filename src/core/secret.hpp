#pragma once

#include <string>

namespace e2b::core {

/// Overwrites the buffer of `text`, in a way that no optimiser removes, and empties it.
void wipe(std::string& text) noexcept;

} // namespace e2b::core
