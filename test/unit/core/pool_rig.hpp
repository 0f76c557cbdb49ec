#pragma once

#include "core/pool.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <deque>

namespace e2b::core::test {

struct Slot : PoolSlot {};
struct Waiter : PoolWaiter {};

inline PoolLimits at_most(std::size_t connections) {
    PoolLimits limits;
    limits.max_connections = connections;
    return limits;
}

// A pool, a clock set by hand, and the slots and waiters that come up during a test.
struct Rig {
    explicit Rig(PoolLimits const& limits) : pool(limits, 1) {}

    ~Rig() {
        for (Slot& slot : slots)
            pool.drop(slot);
        for (Waiter& waiter : waiters)
            pool.cancel(waiter);
    }

    Waiter& enqueue() {
        Waiter& waiter = waiters.emplace_back();
        REQUIRE(pool.enqueue(waiter, now));
        return waiter;
    }

    Slot& begin_dial() {
        REQUIRE(pool.next(now).kind == Pool::Action::Kind::dial);
        Slot& slot = slots.emplace_back();
        pool.dial_started(slot, now);
        return slot;
    }

    // A connection that a call was granted.
    Slot& lease() {
        Waiter& waiter = enqueue();
        Slot& slot = begin_dial();
        pool.dial_succeeded(slot, now);
        expect_grant(slot, waiter);
        return slot;
    }

    void expect_grant(Slot& slot, Waiter& waiter) {
        Pool::Action const action = pool.next(now);
        REQUIRE(action.kind == Pool::Action::Kind::grant);
        CHECK(action.slot == &slot);
        CHECK(action.waiter == &waiter);
        CHECK(slot.state() == PoolSlot::State::leased);
        CHECK_FALSE(waiter.queued());
    }

    void expect_close(Slot& slot) {
        Pool::Action const action = pool.next(now);
        REQUIRE(action.kind == Pool::Action::Kind::close);
        CHECK(action.slot == &slot);
        CHECK(slot.state() == PoolSlot::State::none);
    }

    void expect_fail(Waiter& waiter, Pool::Reason reason) {
        Pool::Action const action = pool.next(now);
        REQUIRE(action.kind == Pool::Action::Kind::fail);
        CHECK(action.waiter == &waiter);
        CHECK(action.reason == reason);
        CHECK_FALSE(waiter.queued());
    }

    void expect_nothing() { CHECK(pool.next(now).kind == Pool::Action::Kind::none); }

    void expect_counts(std::size_t idle, std::size_t leased, std::size_t dialing, std::size_t waiting) {
        CHECK(pool.idle() == idle);
        CHECK(pool.leased() == leased);
        CHECK(pool.dialing() == dialing);
        CHECK(pool.waiting() == waiting);
        CHECK(pool.open() == idle + leased + dialing);
    }

    Pool pool;
    TimePoint now{std::chrono::hours(1)};
    std::deque<Slot> slots;
    std::deque<Waiter> waiters;
};

} // namespace e2b::core::test
