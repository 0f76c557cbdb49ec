#include "core/dial_gate.hpp"

#include <algorithm>
#include <cassert>

namespace e2b::core {

DialGate::DialGate(Duration base, Duration cap, std::uint64_t seed) : base_(base), cap_(cap), rng_(seed) {
    assert(base > Duration::zero() && base <= cap);
}

bool DialGate::permits(TimePoint now) const noexcept {
    switch (state_) {
    case State::open:
    case State::half_open:
        return true;
    case State::closed:
        return now >= reopens_at_;
    case State::probing:
        break;
    }
    return false;
}

std::optional<TimePoint> DialGate::reopens_at() const noexcept {
    if (state_ == State::closed)
        return reopens_at_;
    return std::nullopt;
}

DialGate::Ticket DialGate::begin(TimePoint now) noexcept {
    assert(permits(now));
    static_cast<void>(now);
    if (state_ != State::open)
        state_ = State::probing;
    return epoch_;
}

void DialGate::succeeded(Ticket ticket) noexcept {
    if (ticket != epoch_)
        return;
    state_ = State::open;
    closings_ = 0;
}

void DialGate::failed(Ticket ticket, TimePoint now) {
    if (ticket != epoch_)
        return;
    reopens_at_ = now + std::max(base_ / 2, full_jitter(base_, cap_, closings_, rng_));
    state_ = State::closed;
    ++closings_;
    ++epoch_;
}

void DialGate::failed_finally(Ticket ticket) noexcept {
    if (ticket != epoch_)
        return;
    state_ = State::half_open;
    ++epoch_;
}

void DialGate::abandoned(Ticket ticket) noexcept {
    if (ticket == epoch_ && state_ == State::probing)
        state_ = State::half_open;
}

} // namespace e2b::core
