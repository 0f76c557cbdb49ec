#include <e2b/simulator.hpp>

namespace e2b {

Fault Fault::reject(int status, std::string message) {
    Fault fault(Kind::reject, Moment::before);
    fault.status = status;
    fault.text = std::move(message);
    return fault;
}

Fault Fault::balancer(int status) {
    Fault fault(Kind::balancer, Moment::before);
    fault.status = status;
    return fault;
}

Fault Fault::node_failure() {
    return Fault(Kind::node_failure, Moment::before);
}

Fault Fault::close(Moment moment) {
    return Fault(Kind::close, moment);
}

Fault Fault::reset(Moment moment) {
    return Fault(Kind::reset, moment);
}

Fault Fault::cut(std::optional<std::size_t> bytes) {
    Fault fault(Kind::cut, Moment::after);
    fault.bytes = bytes;
    return fault;
}

Fault Fault::cut_reset(std::optional<std::size_t> bytes) {
    Fault fault(Kind::cut_reset, Moment::after);
    fault.bytes = bytes;
    return fault;
}

Fault Fault::close_after() {
    return Fault(Kind::close_after, Moment::after);
}

Fault Fault::drip(std::chrono::nanoseconds per_byte) {
    Fault fault(Kind::drip, Moment::after);
    fault.delay = per_byte;
    return fault;
}

Fault Fault::delayed(std::chrono::nanoseconds delay) {
    Fault fault(Kind::delay, Moment::after);
    fault.delay = delay;
    return fault;
}

Fault Fault::hang(Moment moment) {
    return Fault(Kind::hang, moment);
}

Fault Fault::stall(Moment moment) {
    return Fault(Kind::stall, moment);
}

Fault Fault::raw(std::string text, Moment moment) {
    Fault fault(Kind::raw, moment);
    fault.text = std::move(text);
    return fault;
}

} // namespace e2b
