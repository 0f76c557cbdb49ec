#pragma once

#include <e2b/simulator.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace e2b::cli {

// What can be uneven about the simulated platform, as the command line has it. Each throws
// std::invalid_argument saying what is allowed.

// `8,1,1`: how many sandboxes a node has, in proportion to the others.
std::vector<double> parse_node_weights(std::string const& text);
// `0:10s:60s`: the node, when it begins to drain, and for how long.
SimulatorDrain parse_drain(std::string const& text);
// `0.025=5s`: a share of the sandboxes, and how long their snapshots take.
std::pair<double, std::chrono::milliseconds> parse_slow(std::string const& text);

} // namespace e2b::cli
