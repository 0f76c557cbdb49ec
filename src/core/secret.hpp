#pragma once

#include <string>

namespace e2b::core {

/// Overwrites what `text` holds, in a way that no optimiser removes, and empties it.
void wipe(std::string& text) noexcept;

} // namespace e2b::core
