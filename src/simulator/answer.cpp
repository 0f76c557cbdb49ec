#include "simulator/answer.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

Delivery cut(SimulatorFault const& fault, std::uint64_t chance, Delivery::End end) {
    Delivery delivery;
    delivery.end = end;
    if (fault.bytes)
        delivery.size = *fault.bytes;
    else
        delivery.size_at_random = chance;
    return delivery;
}

Delivery nothing(Delivery::End end) {
    Delivery delivery;
    delivery.size = 0;
    delivery.end = end;
    return delivery;
}

// What the fault makes of a delivery, as far as the load balancer has the patience to see it.
Delivery spoil(Strike const& strike, Instant ready_at) {
    SimulatorFault const& fault = *strike.fault;
    auto const end = fault.announced ? Delivery::End::announce : Delivery::End::close;
    Delivery delivery;
    switch (fault.kind) {
    case SimulatorFault::Kind::reject:
    case SimulatorFault::Kind::balancer:
    case SimulatorFault::Kind::node_failure:
    case SimulatorFault::Kind::raw:
        break; // the answer itself was changed
    case SimulatorFault::Kind::close:
        return nothing(end);
    case SimulatorFault::Kind::reset:
        return nothing(Delivery::End::reset);
    case SimulatorFault::Kind::cut:
        return cut(fault, strike.chance, end);
    case SimulatorFault::Kind::cut_reset:
        return cut(fault, strike.chance, Delivery::End::reset);
    case SimulatorFault::Kind::close_after:
        delivery.end = end;
        break;
    case SimulatorFault::Kind::drip:
        delivery.per_byte = fault.delay;
        break;
    case SimulatorFault::Kind::delay:
        delivery.at = ready_at + fault.delay;
        break;
    case SimulatorFault::Kind::hang:
        delivery.at = Instant::max();
        break;
    case SimulatorFault::Kind::stall:
        delivery.silent = true;
        break;
    }
    return delivery;
}

Delivery from_balancer(Answer& answer, int status, Instant at) {
    answer.strike = {};
    answer.reply.set_balancer_error(status);
    Delivery delivery;
    delivery.at = at;
    return delivery;
}

} // namespace

Delivery plan_delivery(Answer& answer, Patience const& patience) {
    Delivery const delivery = answer.strike ? spoil(answer.strike, answer.ready_at) : Delivery();
    Instant const at = std::max(delivery.at, answer.ready_at);
    if (Instant const limit = answer.arrived_at + patience.balancer; at >= limit)
        return from_balancer(answer, 504, limit);
    // The server learns that it is too late when it writes.
    if (at > answer.arrived_at + patience.write)
        return from_balancer(answer, 502, at);
    return delivery;
}

void append_answer(std::string& out, Answer const& answer, Delivery const& delivery, bool close,
                   bool head_only) {
    std::size_t const start = out.size();
    if (answer.strike && answer.strike.fault->kind == SimulatorFault::Kind::raw)
        out.append(answer.strike.fault->text);
    else
        append_response(out, answer.reply, close, head_only);
    std::size_t const size = out.size() - start;
    if (delivery.size)
        out.resize(start + std::min(size, *delivery.size));
    else if (delivery.size_at_random && size != 0)
        out.resize(start + static_cast<std::size_t>(*delivery.size_at_random % size));
}

} // namespace e2b::sim
