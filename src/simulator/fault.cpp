#include <e2b/simulator.hpp>

namespace e2b::inline v0 {

SimulatorFault SimulatorFault::reject(int status, std::string message) {
    SimulatorFault fault(Kind::reject, Moment::before);
    fault.status = status;
    fault.text = std::move(message);
    return fault;
}

SimulatorFault SimulatorFault::balancer(int status) {
    SimulatorFault fault(Kind::balancer, Moment::before);
    fault.status = status;
    return fault;
}

SimulatorFault SimulatorFault::node_failure() {
    return SimulatorFault(Kind::node_failure, Moment::before);
}

SimulatorFault SimulatorFault::close(Moment moment) {
    return SimulatorFault(Kind::close, moment);
}

SimulatorFault SimulatorFault::reset(Moment moment) {
    return SimulatorFault(Kind::reset, moment);
}

SimulatorFault SimulatorFault::cut(std::optional<std::size_t> bytes) {
    SimulatorFault fault(Kind::cut, Moment::after);
    fault.bytes = bytes;
    return fault;
}

SimulatorFault SimulatorFault::cut_reset(std::optional<std::size_t> bytes) {
    SimulatorFault fault(Kind::cut_reset, Moment::after);
    fault.bytes = bytes;
    return fault;
}

SimulatorFault SimulatorFault::close_after() {
    return SimulatorFault(Kind::close_after, Moment::after);
}

SimulatorFault SimulatorFault::drip(std::chrono::nanoseconds per_byte) {
    SimulatorFault fault(Kind::drip, Moment::after);
    fault.delay = per_byte;
    return fault;
}

SimulatorFault SimulatorFault::delayed(std::chrono::nanoseconds delay) {
    SimulatorFault fault(Kind::delay, Moment::after);
    fault.delay = delay;
    return fault;
}

SimulatorFault SimulatorFault::hang(Moment moment) {
    return SimulatorFault(Kind::hang, moment);
}

SimulatorFault SimulatorFault::stall(Moment moment) {
    return SimulatorFault(Kind::stall, moment);
}

SimulatorFault SimulatorFault::raw(std::string text, Moment moment) {
    SimulatorFault fault(Kind::raw, moment);
    fault.text = std::move(text);
    return fault;
}

} // namespace e2b::inline v0
