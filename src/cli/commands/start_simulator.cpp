#include "cli/commands/start_simulator.hpp"

#include "cli/basics/usage_error.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace e2b::cli {

std::string explain_simulator(std::string problem) {
    constexpr std::string_view all = "SimulatorOptions: ";
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> names{
        {{"SimulatorOptions::api_key ", "E2B_API_KEY: "},
         {"SimulatorOptions::sandboxes ", "--sandboxes: "},
         {"SimulatorOptions::nodes ", "--nodes: "},
         {"SimulatorOptions::node_weights ", "--node-weights: "},
         {"SimulatorOptions::drains ", "--drain: "},
         {"SimulatorOptions::slow_share ", "--slow: "},
         {"SimulatorOptions::rate_limit ", "--rate-limit: "}}};
    for (auto const& [field, option] : names) {
        if (problem.starts_with(field))
            return std::string(option) + problem.substr(field.size());
    }
    return problem.starts_with(all) ? problem.substr(all.size()) : problem;
}

std::unique_ptr<Simulator> start_simulator(SimulatorOptions const& options) {
    try {
        return std::make_unique<Simulator>(options);
    } catch (std::invalid_argument const& error) {
        throw UsageError(explain_simulator(error.what()));
    } catch (std::system_error const& error) {
        throw UsageError("cannot listen on port " + std::to_string(options.port) + ": " + error.what());
    }
}

} // namespace e2b::cli
