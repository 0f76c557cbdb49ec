#pragma once

#include <e2b/simulator.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace e2b::cli {

// What can go wrong in `simulate`, by name: `lose`, `drop`, `reset`, `cut`, `busy`, `limit`, `error`,
// `gateway`, `node`.
std::optional<SimulatorFault> simulated_fault(std::string_view name);
// All of the names, with what they mean.
std::string simulated_fault_names();

} // namespace e2b::cli
