#include "simulator/answer.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

Delivery cut(Fault const& fault, std::uint64_t chance, Delivery::End end) {
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

Delivery late(Answer& answer, Instant at, Patience const& patience) {
    Delivery delivery;
    delivery.at = at;
    if (Instant const limit = answer.arrived_at + patience.write; at > limit) {
        answer.reply.set_balancer_error(502);
        delivery.at = limit;
    }
    return delivery;
}

Delivery spoil(Answer& answer, Patience const& patience, Instant now) {
    Fault const& fault = *answer.strike.fault;
    auto const end = fault.announced ? Delivery::End::announce : Delivery::End::close;
    Delivery delivery;
    switch (fault.kind) {
    case Fault::Kind::reject:
    case Fault::Kind::balancer:
    case Fault::Kind::node_failure:
    case Fault::Kind::raw:
        break; // the answer itself was changed
    case Fault::Kind::close:
        return nothing(end);
    case Fault::Kind::reset:
        return nothing(Delivery::End::reset);
    case Fault::Kind::cut:
        return cut(fault, answer.strike.chance, end);
    case Fault::Kind::cut_reset:
        return cut(fault, answer.strike.chance, Delivery::End::reset);
    case Fault::Kind::close_after:
        delivery.end = end;
        break;
    case Fault::Kind::drip:
        delivery.per_byte = fault.delay;
        break;
    case Fault::Kind::delay:
        return late(answer, now + fault.delay, patience);
    case Fault::Kind::hang:
        answer.reply.set_balancer_error(504);
        delivery.at = answer.arrived_at + patience.balancer;
        break;
    case Fault::Kind::stall:
        delivery.silent = true;
        break;
    }
    return delivery;
}

} // namespace

Delivery plan_delivery(Answer& answer, Patience const& patience, Instant now) {
    return answer.strike ? spoil(answer, patience, now) : Delivery();
}

void append_answer(std::string& out, Answer const& answer, Delivery const& delivery, bool close,
                   bool head_only) {
    std::size_t const start = out.size();
    if (answer.strike && answer.strike.fault->kind == Fault::Kind::raw)
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
