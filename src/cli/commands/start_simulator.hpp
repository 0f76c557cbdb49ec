#pragma once

#include <e2b/simulator.hpp>

#include <memory>
#include <string>

namespace e2b::cli {

// Throws UsageError, with the names of the options, where the simulator refuses what it is to be.
[[nodiscard]] std::unique_ptr<Simulator> start_simulator(SimulatorOptions const& options);

// What the simulator says of its options, with the names that they have on the command line.
[[nodiscard]] std::string explain_simulator(std::string problem);

} // namespace e2b::cli
