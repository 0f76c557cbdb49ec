#include "core/pool.hpp"

#include <algorithm>

namespace e2b::core {

namespace {

// A limit may be as long as the clock's whole range.
TimePoint saturating_add(TimePoint time, Duration duration) noexcept {
    return time > TimePoint::max() - duration ? TimePoint::max() : time + duration;
}

} // namespace

Pool::Pool(PoolLimits const& limits, std::uint64_t seed)
    : limits_(limits),
      gate_(limits.dial_backoff_base, limits.dial_backoff_cap, seed) {
    assert(limits.max_connections > 0 && limits.max_uses > 0);
    assert(limits.idle_timeout > Duration::zero() && limits.max_age > Duration::zero());
}

bool Pool::enqueue(PoolWaiter& waiter, TimePoint now) noexcept {
    assert(!waiter.queued());
    // Not counted against the limit are those that need not wait for other calls, so that a limit of 0
    // works.
    std::size_t const unleased = limits_.max_connections - leased_;
    if (draining_ || (waiting() >= unleased && waiting() - unleased >= limits_.max_waiters))
        return false;
    waiter.queued_at_ = now;
    waiter.state_ = PoolWaiter::State::waiting;
    queue_.push_back(waiter);
    return true;
}

bool Pool::requeue(PoolWaiter& waiter, TimePoint now) noexcept {
    assert(!waiter.queued());
    if (draining_)
        return false;
    waiter.queued_at_ = now;
    waiter.state_ = PoolWaiter::State::waiting;
    queue_.push_front(waiter);
    return true;
}

bool Pool::cancel(PoolWaiter& waiter) noexcept {
    if (!waiter.queued())
        return false;
    (waiter.state_ == PoolWaiter::State::waiting ? queue_ : failing_).erase(waiter);
    waiter.state_ = PoolWaiter::State::none;
    return true;
}

void Pool::dial_impossible(TimePoint now) {
    gate_.failed(gate_.begin(now), now);
}

void Pool::dial_started(PoolSlot& slot, TimePoint now) noexcept {
    assert(slot.state_ == PoolSlot::State::none && open() < limits_.max_connections);
    slot.state_ = PoolSlot::State::dialing;
    slot.uses_ = 0;
    slot.ticket_ = gate_.begin(now);
    ++dialing_;
}

void Pool::dial_succeeded(PoolSlot& slot, TimePoint now) noexcept {
    assert(slot.state_ == PoolSlot::State::dialing);
    --dialing_;
    gate_.succeeded(slot.ticket_);
    slot.opened_at_ = now;
    slot.idle_since_ = now;
    slot.state_ = PoolSlot::State::idle;
    idle_.push_front(slot);
    by_age_.push_back(slot);
    if (draining_)
        retire(slot);
}

void Pool::dial_failed(PoolSlot& slot, TimePoint now, bool is_final) {
    assert(slot.state_ == PoolSlot::State::dialing);
    --dialing_;
    slot.state_ = PoolSlot::State::none;
    if (!is_final) {
        gate_.failed(slot.ticket_, now);
        return;
    }
    gate_.failed_finally(slot.ticket_);
    bool const others_work = idle() + leased() > 0;
    while (queue_.size() > idle()) {
        fail_front(PoolWaiter::State::failing_dial);
        if (others_work)
            break;
    }
}

void Pool::release(PoolSlot& slot, bool reusable, TimePoint now) noexcept {
    assert(slot.state_ == PoolSlot::State::leased);
    --leased_;
    slot.idle_since_ = now;
    slot.state_ = PoolSlot::State::idle;
    idle_.push_front(slot);
    if (!reusable || draining_ || slot.uses_ >= limits_.max_uses || now - slot.opened_at_ >= limits_.max_age)
        retire(slot);
}

void Pool::give_back(PoolSlot& slot, TimePoint now) noexcept {
    assert(slot.state_ == PoolSlot::State::leased);
    --slot.uses_;
    release(slot, true, now);
}

void Pool::lost(PoolSlot& slot) noexcept {
    assert(slot.state_ == PoolSlot::State::idle || slot.state_ == PoolSlot::State::closing);
    drop(slot);
}

void Pool::drop(PoolSlot& slot) noexcept {
    switch (slot.state_) {
    case PoolSlot::State::none:
        return;
    case PoolSlot::State::dialing:
        --dialing_;
        gate_.abandoned(slot.ticket_);
        break;
    case PoolSlot::State::idle:
        idle_.erase(slot);
        break;
    case PoolSlot::State::leased:
        --leased_;
        break;
    case PoolSlot::State::closing:
        closing_.erase(slot);
        break;
    }
    if (by_age_.contains(slot))
        by_age_.erase(slot);
    slot.state_ = PoolSlot::State::none;
}

PoolSlot* Pool::evict_idle() noexcept {
    PoolSlot* const oldest = idle_.back();
    if (oldest != nullptr)
        drop(*oldest);
    return oldest;
}

void Pool::drain() noexcept {
    draining_ = true;
    while (!idle_.empty())
        retire(*idle_.back());
    while (!queue_.empty())
        fail_front(PoolWaiter::State::failing_drained);
}

Pool::Action Pool::next(TimePoint now) noexcept {
    cull(now);
    if (!closing_.empty()) {
        PoolSlot& slot = closing_.pop_front();
        slot.state_ = PoolSlot::State::none;
        return {Action::Kind::close, &slot, nullptr, Reason::none};
    }
    if (!failing_.empty()) {
        PoolWaiter& waiter = failing_.pop_front();
        bool const drained = waiter.state_ == PoolWaiter::State::failing_drained;
        waiter.state_ = PoolWaiter::State::none;
        return {Action::Kind::fail, nullptr, &waiter, drained ? Reason::drained : Reason::final_dial_failure};
    }
    if (!queue_.empty() && !idle_.empty())
        return grant();
    if (wants_dial() && gate_.permits(now))
        return {Action::Kind::dial, nullptr, nullptr, Reason::none};
    return {};
}

std::optional<TimePoint> Pool::wake_at() const noexcept {
    std::optional<TimePoint> earliest;
    auto const consider = [&](TimePoint time) {
        if (!earliest || time < *earliest)
            earliest = time;
    };
    if (!idle_.empty())
        consider(saturating_add(idle_.back()->idle_since_, limits_.idle_timeout));
    if (!by_age_.empty())
        consider(saturating_add(by_age_.front()->opened_at_, limits_.max_age));
    if (auto const reopens = gate_.reopens_at(); reopens && wants_dial())
        consider(*reopens);
    return earliest;
}

bool Pool::wants_dial() const noexcept {
    return queue_.size() > dialing_ && open() < limits_.max_connections;
}

Pool::Action Pool::grant() noexcept {
    PoolSlot& slot = idle_.pop_front();
    slot.state_ = PoolSlot::State::leased;
    ++slot.uses_;
    ++leased_;
    PoolWaiter& waiter = queue_.pop_front();
    waiter.state_ = PoolWaiter::State::none;
    return {Action::Kind::grant, &slot, &waiter, Reason::none};
}

void Pool::fail_front(PoolWaiter::State why) noexcept {
    PoolWaiter& waiter = queue_.pop_front();
    waiter.state_ = why;
    failing_.push_back(waiter);
}

// An idle one leaves the pool and is to be closed.
void Pool::retire(PoolSlot& slot) noexcept {
    drop(slot);
    slot.state_ = PoolSlot::State::closing;
    closing_.push_back(slot);
}

void Pool::cull(TimePoint now) noexcept {
    while (!idle_.empty() && now - idle_.back()->idle_since_ >= limits_.idle_timeout)
        retire(*idle_.back());
    while (!by_age_.empty() && now - by_age_.front()->opened_at_ >= limits_.max_age) {
        PoolSlot& slot = *by_age_.front();
        if (slot.state_ == PoolSlot::State::idle)
            retire(slot);
        else
            by_age_.erase(slot);
    }
}

} // namespace e2b::core
