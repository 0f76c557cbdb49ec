#pragma once

#include "cli/options/options.hpp"

#include <e2b/config.hpp>

#include <cstddef>
#include <string>

namespace e2b::cli {

// Limits that the options change, and room for `concurrency` calls.
void apply_limits(SendOptions const& options, std::size_t concurrency, ClientConfig& config);

// The environment's configuration with what the options change. Throws UsageError where there is no key.
ClientConfig client_settings(SendOptions const& options, std::size_t concurrency);

// Raises the soft limit of open descriptors as far as allowed. Yields a warning where `connections` and what
// the process needs besides will not fit, and nothing otherwise.
std::string make_room_for_connections(std::size_t connections);

} // namespace e2b::cli
