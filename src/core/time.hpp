#pragma once

#include <chrono>

namespace e2b::core {

// The steady clock's types only: what decides is handed the time and never asks for it.
using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

} // namespace e2b::core
