#pragma once

#include "core/pool.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace e2b::core::test {

struct ModelSlot : PoolSlot {
    TimePoint expected_opened{};
    TimePoint idle_since{};
    std::uint64_t expected_uses = 0;
    bool before_closing = false; // its dial began before the gate last closed
};

struct ModelWaiter : PoolWaiter {
    long ticket = 0;
};

// What the pool promises, written with plain queues that are searched from end to end. It knows the gate's
// backoff only as a range.
struct PoolModel {
    explicit PoolModel(PoolLimits const& given) : limits(given) {}

    std::size_t open() const { return idle.size() + leased.size() + dialing.size(); }
    bool wants_dial() const { return queue.size() > dialing.size() && open() < limits.max_connections; }
    bool gate_may_permit(TimePoint now) const {
        return gate == Gate::open || gate == Gate::half_open || (gate == Gate::closed && now >= reopens_from);
    }
    bool gate_must_permit(TimePoint now) const {
        return gate == Gate::open || gate == Gate::half_open ||
               (gate == Gate::closed && now >= reopens_until);
    }
    bool nothing_before_dials() const {
        return closing.empty() && failing.empty() && (queue.empty() || idle.empty());
    }

    bool enqueue(ModelWaiter& waiter) {
        std::size_t const room = limits.max_waiters + limits.max_connections - leased.size();
        if (draining || queue.size() + failing.size() >= room)
            return false;
        queue.push_back(&waiter);
        return true;
    }

    bool cancel(ModelWaiter& waiter) {
        if (std::erase(queue, &waiter) == 1)
            return true;
        return std::erase_if(failing, [&](auto const& entry) { return entry.first == &waiter; }) == 1;
    }

    void dial_started(ModelSlot& slot) {
        dialing.push_back(&slot);
        slot.expected_uses = 0;
        slot.before_closing = false;
        if (gate != Gate::open)
            gate = Gate::probing;
    }

    void dial_succeeded(ModelSlot& slot, TimePoint now) {
        std::erase(dialing, &slot);
        if (!slot.before_closing) {
            gate = Gate::open;
            closings = 0;
        }
        slot.expected_opened = slot.idle_since = now;
        draining ? closing.push_back(&slot) : idle.push_front(&slot);
    }

    void dial_failed(ModelSlot& slot, TimePoint now, bool is_final) {
        std::erase(dialing, &slot);
        if (!slot.before_closing) {
            if (!is_final) {
                reopens_from = now + limits.dial_backoff_base / 2;
                reopens_until = now + limits.dial_backoff_base;
                for (int i = 0; i < closings; ++i)
                    reopens_until += reopens_until - now;
                reopens_until = std::min(reopens_until, now + limits.dial_backoff_cap);
                closings = std::min(closings + 1, 10);
            }
            gate = is_final ? Gate::half_open : Gate::closed;
            for (ModelSlot* other : dialing)
                other->before_closing = true;
        }
        if (is_final && idle.empty() && leased.empty()) {
            while (!queue.empty())
                fail_front(Pool::Reason::final_dial_failure);
        } else if (is_final && queue.size() > idle.size()) {
            fail_front(Pool::Reason::final_dial_failure);
        }
    }

    void release(ModelSlot& slot, bool reusable, TimePoint now) {
        std::erase(leased, &slot);
        slot.idle_since = now;
        bool const worn_out =
            slot.expected_uses >= limits.max_uses || now >= slot.expected_opened + limits.max_age;
        !reusable || worn_out || draining ? closing.push_back(&slot) : idle.push_front(&slot);
    }

    void drop(ModelSlot& slot) {
        std::erase(idle, &slot);
        std::erase(leased, &slot);
        std::erase(closing, &slot);
        if (std::erase(dialing, &slot) == 1 && !slot.before_closing && gate == Gate::probing)
            gate = Gate::half_open;
    }

    void drain() {
        draining = true;
        closing.insert(closing.end(), idle.begin(), idle.end());
        idle.clear();
        while (!queue.empty())
            fail_front(Pool::Reason::drained);
    }

    void expire(TimePoint now) {
        for (ModelSlot* slot : std::deque(idle)) {
            if (now < slot->idle_since + limits.idle_timeout && now < slot->expected_opened + limits.max_age)
                continue;
            std::erase(idle, slot);
            closing.push_back(slot);
        }
    }

    void take_closing(ModelSlot* slot) { REQUIRE(std::erase(closing, slot) == 1); }

    void take_failing(ModelWaiter* waiter, Pool::Reason reason) {
        REQUIRE(closing.empty());
        REQUIRE_FALSE(failing.empty());
        REQUIRE(failing.front() == std::pair(waiter, reason));
        failing.pop_front();
    }

    void take_grant(ModelSlot* slot, ModelWaiter* waiter) {
        REQUIRE(closing.empty());
        REQUIRE(failing.empty());
        REQUIRE_FALSE(idle.empty());
        REQUIRE_FALSE(queue.empty());
        REQUIRE(slot == idle.front());
        REQUIRE(waiter == queue.front());
        idle.pop_front();
        queue.pop_front();
        leased.push_back(slot);
        ++slot->expected_uses;
    }

    // After everything was done at `now`.
    void check_wake_at(std::optional<TimePoint> wake_at, TimePoint now) const {
        std::optional<TimePoint> expiry;
        auto const consider = [&](TimePoint time) { expiry = std::min(expiry.value_or(time), time); };
        for (ModelSlot const* slot : idle)
            consider(slot->idle_since + limits.idle_timeout);
        for (auto const* slots : {&idle, &leased}) {
            for (ModelSlot const* slot : *slots) {
                if (slot->expected_opened + limits.max_age > now)
                    consider(slot->expected_opened + limits.max_age);
            }
        }
        if (wants_dial() && gate == Gate::closed) {
            REQUIRE(wake_at);
            REQUIRE(*wake_at > now);
            REQUIRE(*wake_at <= std::min(expiry.value_or(reopens_until), reopens_until));
            REQUIRE(*wake_at >= std::min(expiry.value_or(reopens_from), reopens_from));
        } else {
            REQUIRE(wake_at == expiry);
        }
    }

    PoolSlot::State state_of(ModelSlot const& slot) const {
        auto const in = [&](std::deque<ModelSlot*> const& slots) {
            return std::find(slots.begin(), slots.end(), &slot) != slots.end();
        };
        return in(idle)      ? PoolSlot::State::idle
               : in(leased)  ? PoolSlot::State::leased
               : in(dialing) ? PoolSlot::State::dialing
               : in(closing) ? PoolSlot::State::closing
                             : PoolSlot::State::none;
    }

    bool waits(ModelWaiter const& waiter) const {
        return std::find(queue.begin(), queue.end(), &waiter) != queue.end() ||
               std::any_of(failing.begin(), failing.end(),
                           [&](auto const& entry) { return entry.first == &waiter; });
    }

    enum class Gate { open, closed, half_open, probing };

    PoolLimits limits;
    std::deque<ModelWaiter*> queue;
    std::deque<std::pair<ModelWaiter*, Pool::Reason>> failing;
    std::deque<ModelSlot*> idle; // used last in front
    std::deque<ModelSlot*> leased;
    std::deque<ModelSlot*> dialing;
    std::deque<ModelSlot*> closing;
    bool draining = false;
    Gate gate = Gate::open;
    TimePoint reopens_from{};
    TimePoint reopens_until{};
    int closings = 0;

private:
    void fail_front(Pool::Reason reason) {
        failing.emplace_back(queue.front(), reason);
        queue.pop_front();
    }
};

} // namespace e2b::core::test
