#include "simulator/fault_plan.hpp"

#include <stdexcept>
#include <utility>

namespace e2b::sim {

std::shared_ptr<SimulatorFault const> FaultPlan::checked(SimulatorFault fault) {
    bool const has_status =
        fault.kind == SimulatorFault::Kind::reject || fault.kind == SimulatorFault::Kind::balancer;
    if (has_status && (fault.status < 400 || fault.status > 599))
        throw std::invalid_argument("SimulatorFault::status must be 400 to 599");
    if (fault.delay < std::chrono::nanoseconds(0) || fault.delay > std::chrono::hours(24 * 365))
        throw std::invalid_argument("SimulatorFault::delay must be 0 to 365 days");
    return std::make_shared<SimulatorFault const>(std::move(fault));
}

void FaultPlan::script(std::string_view sandbox_id, SimulatorFault fault, std::size_t times) {
    auto shared = checked(std::move(fault));
    if (times != 0)
        by_sandbox_[std::string(sandbox_id)].push_back({std::move(shared), times});
}

void FaultPlan::script(SimulatorEndpoint endpoint, SimulatorFault fault, std::size_t times) {
    auto shared = checked(std::move(fault));
    if (times != 0)
        by_endpoint_[endpoint].push_back({std::move(shared), times});
}

void FaultPlan::disturb(double probability, SimulatorFault fault, SimulatorEndpoint endpoint) {
    if (!(probability >= 0 && probability <= 1))
        throw std::invalid_argument("the probability must be 0 to 1");
    disturbances_.push_back({checked(std::move(fault)), probability, endpoint});
}

void FaultPlan::clear() noexcept {
    by_sandbox_.clear();
    by_endpoint_.clear();
    disturbances_.clear();
}

std::shared_ptr<SimulatorFault const> FaultPlan::take(Scripts& scripts) {
    auto fault = scripts.front().fault;
    if (--scripts.front().times == 0)
        scripts.pop_front();
    return fault;
}

Strike FaultPlan::next(SimulatorEndpoint endpoint, std::string_view sandbox_id) {
    if (!by_sandbox_.empty() && !sandbox_id.empty()) {
        if (auto const found = by_sandbox_.find(sandbox_id); found != by_sandbox_.end()) {
            auto fault = take(found->second);
            if (found->second.empty())
                by_sandbox_.erase(found);
            return {std::move(fault), random_()};
        }
    }
    if (!by_endpoint_.empty()) {
        if (auto const found = by_endpoint_.find(endpoint); found != by_endpoint_.end()) {
            auto fault = take(found->second);
            if (found->second.empty())
                by_endpoint_.erase(found);
            return {std::move(fault), random_()};
        }
    }
    for (Disturbance const& disturbance : disturbances_) {
        if (disturbance.endpoint != endpoint)
            continue;
        // 53 random bits make an even choice of [0, 1); the library's distributions differ between compilers.
        double const chance = static_cast<double>(random_() >> 11) * 0x1p-53;
        if (chance < disturbance.probability)
            return {disturbance.fault, random_()};
    }
    return {};
}

} // namespace e2b::sim
