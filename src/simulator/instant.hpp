#pragma once

#include <chrono>

namespace e2b::sim {

/// Time as the model has it: since the simulator began.
using Instant = std::chrono::nanoseconds;

} // namespace e2b::sim
