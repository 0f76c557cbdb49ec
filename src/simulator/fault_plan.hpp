#pragma once

#include <e2b/simulator.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::sim {

/// A fault that strikes one request, and the chance that goes with it.
struct Strike {
    std::shared_ptr<SimulatorFault const> fault; ///< Null for none.
    std::uint64_t chance = 0;                    ///< Any 64 bits, for a fault that needs a random choice.

    explicit operator bool() const noexcept { return fault != nullptr; }
};

/// Which requests go wrong, and how: by script, then by probability.
class FaultPlan {
public:
    explicit FaultPlan(std::uint64_t seed) : random_(seed) {}

    /// All throw `std::invalid_argument` for a fault or probability outside its range.
    void script(std::string_view sandbox_id, SimulatorFault fault, std::size_t times);
    void script(SimulatorEndpoint endpoint, SimulatorFault fault, std::size_t times);
    void disturb(double probability, SimulatorFault fault, SimulatorEndpoint endpoint);
    void clear() noexcept;

    /// What becomes of the next request of this kind; `sandbox_id` is empty unless it asks for a snapshot.
    Strike next(SimulatorEndpoint endpoint, std::string_view sandbox_id);

private:
    struct Script {
        std::shared_ptr<SimulatorFault const> fault;
        std::size_t times;
    };
    struct Disturbance {
        std::shared_ptr<SimulatorFault const> fault;
        double probability;
        SimulatorEndpoint endpoint;
    };
    using Scripts = std::deque<Script>;

    static std::shared_ptr<SimulatorFault const> checked(SimulatorFault fault);
    static std::shared_ptr<SimulatorFault const> take(Scripts& scripts);

    std::map<std::string, Scripts, std::less<>> by_sandbox_;
    std::map<SimulatorEndpoint, Scripts> by_endpoint_;
    std::vector<Disturbance> disturbances_;
    std::mt19937_64 random_;
};

} // namespace e2b::sim
