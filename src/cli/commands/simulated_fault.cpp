#include "cli/commands/simulated_fault.hpp"

#include <array>

namespace e2b::cli {
namespace {

struct Named {
    std::string_view name;
    std::string_view meaning;
    SimulatorFault (*make)();
};

std::array<Named, 9> const& faults() {
    static std::array<Named, 9> const all{{
        {"lose", "snapshot made, connection closed", [] { return SimulatorFault::close(); }},
        {"drop", "nothing done, connection closed",
         [] { return SimulatorFault::close(SimulatorFault::Moment::before); }},
        {"reset", "snapshot made, connection reset", [] { return SimulatorFault::reset(); }},
        {"cut", "snapshot made, answer cut anywhere", [] { return SimulatorFault::cut(); }},
        {"busy", "503", [] { return SimulatorFault::reject(503); }},
        {"limit", "429", [] { return SimulatorFault::reject(429); }},
        {"error", "500", [] { return SimulatorFault::reject(500); }},
        {"gateway", "the balancer's 502", [] { return SimulatorFault::balancer(502); }},
        {"node", "sandbox killed, 500", [] { return SimulatorFault::node_failure(); }},
    }};
    return all;
}

} // namespace

std::optional<SimulatorFault> simulated_fault(std::string_view name) {
    for (auto const& each : faults()) {
        if (each.name == name)
            return each.make();
    }
    return std::nullopt;
}

std::string simulated_fault_names() {
    std::string text;
    for (auto const& each : faults()) {
        text += text.empty() ? "" : ", ";
        text += std::string(each.name) + " (" + std::string(each.meaning) + ')';
    }
    return text;
}

} // namespace e2b::cli
