#include "pool_rig.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using namespace e2b::core::test;
using e2b::core::Duration;
using e2b::core::TimePoint;
using Reason = e2b::core::Pool::Reason;
using State = e2b::core::PoolSlot::State;

TEST_CASE("a retryable dial failure fails nobody and holds the next dial back") {
    Rig rig(at_most(4));
    Waiter& waiter = rig.enqueue();
    Slot& slot = rig.begin_dial();
    rig.pool.dial_failed(slot, rig.now, false);
    CHECK(slot.state() == State::none);
    rig.expect_nothing();
    rig.expect_counts(0, 0, 0, 1);

    REQUIRE(rig.pool.wake_at());
    TimePoint const reopens = *rig.pool.wake_at();
    CHECK(reopens >= rig.now + 50ms);
    CHECK(reopens <= rig.now + 100ms);
    rig.now = reopens - Duration(1);
    rig.expect_nothing();
    rig.now = reopens;
    Slot& probe = rig.begin_dial();
    rig.pool.dial_succeeded(probe, rig.now);
    rig.expect_grant(probe, waiter);
}

TEST_CASE("after an outage one dial probes, and its success lets the others begin") {
    Rig rig(at_most(4));
    for (int i = 0; i < 4; ++i)
        rig.enqueue();
    for (int i = 0; i < 4; ++i)
        rig.begin_dial();
    for (Slot& slot : rig.slots)
        rig.pool.dial_failed(slot, rig.now, false);
    rig.expect_nothing();
    rig.now = *rig.pool.wake_at();
    Slot& probe = rig.begin_dial();
    rig.expect_nothing();
    CHECK_FALSE(rig.pool.wake_at());
    rig.pool.dial_succeeded(probe, rig.now);
    rig.expect_grant(probe, rig.waiters[0]);
    for (int i = 0; i < 3; ++i)
        rig.begin_dial();
    rig.expect_nothing();
}

TEST_CASE("released connections serve waiters while the gate is closed") {
    Rig rig(at_most(2));
    Slot& busy = rig.lease();
    Waiter& waiter = rig.enqueue();
    rig.pool.dial_failed(rig.begin_dial(), rig.now, false);
    rig.expect_nothing();
    rig.pool.release(busy, true, rig.now);
    rig.expect_grant(busy, waiter);
    rig.expect_nothing();
}

TEST_CASE("a closed gate wakes nobody when no dial is wanted") {
    Rig rig(at_most(2));
    Waiter& waiter = rig.enqueue();
    rig.pool.dial_failed(rig.begin_dial(), rig.now, false);
    CHECK(rig.pool.wake_at());
    CHECK(rig.pool.cancel(waiter));
    CHECK_FALSE(rig.pool.wake_at());
}

TEST_CASE("a final dial failure fails all that wait when no connection works") {
    Rig rig(at_most(2));
    for (int i = 0; i < 3; ++i)
        rig.enqueue();
    rig.begin_dial();
    rig.begin_dial();
    rig.pool.dial_failed(rig.slots[0], rig.now, true);
    rig.expect_counts(0, 0, 1, 3);
    for (Waiter& waiter : rig.waiters)
        rig.expect_fail(waiter, Reason::final_dial_failure);
    rig.expect_nothing();
    rig.expect_counts(0, 0, 1, 0);
}

TEST_CASE("a final dial failure fails only the front waiter while other connections work") {
    Rig rig(at_most(2));
    Slot& busy = rig.lease();
    Waiter& first = rig.enqueue();
    Waiter& second = rig.enqueue();
    rig.pool.dial_failed(rig.begin_dial(), rig.now, true);
    rig.expect_fail(first, Reason::final_dial_failure);
    CHECK(second.queued());
    rig.pool.release(busy, true, rig.now);
    rig.expect_grant(busy, second);
}

TEST_CASE("a final dial failure fails nobody whom an idle connection awaits") {
    Rig rig(at_most(2));
    Slot& busy = rig.lease();
    Waiter& waiter = rig.enqueue();
    Slot& dialing = rig.begin_dial();
    rig.pool.release(busy, true, rig.now);
    rig.pool.dial_failed(dialing, rig.now, true);
    rig.expect_grant(busy, waiter);
    rig.expect_nothing();
}

TEST_CASE("calls after a final dial failure are tried at once, one dial at a time until one succeeds") {
    Rig rig(at_most(8));
    rig.enqueue();
    rig.pool.dial_failed(rig.begin_dial(), rig.now, true);
    rig.expect_fail(rig.waiters[0], Reason::final_dial_failure);

    Waiter& next = rig.enqueue();
    rig.enqueue();
    Slot& probe = rig.begin_dial();
    rig.expect_nothing();
    rig.pool.dial_succeeded(probe, rig.now);
    rig.expect_grant(probe, next);
    rig.begin_dial();
}

TEST_CASE("a waiter about to be failed can still be cancelled") {
    Rig rig(at_most(1));
    Waiter& first = rig.enqueue();
    Waiter& second = rig.enqueue();
    rig.pool.dial_failed(rig.begin_dial(), rig.now, true);
    CHECK(first.queued());
    CHECK(rig.pool.cancel(first));
    rig.expect_fail(second, Reason::final_dial_failure);
    rig.expect_nothing();
    rig.expect_counts(0, 0, 0, 0);
}

TEST_CASE("draining closes idle connections, fails waiters and takes no more") {
    Rig rig(at_most(3));
    Slot& idle = rig.lease();
    Slot& leased = rig.lease();
    rig.pool.release(idle, true, rig.now);
    Waiter& waiter = rig.enqueue();
    rig.expect_grant(idle, waiter);
    Waiter& queued = rig.enqueue();
    Slot& dialing = rig.begin_dial();
    rig.pool.release(idle, true, rig.now);
    CHECK_FALSE(rig.pool.draining());
    rig.pool.drain();
    CHECK(rig.pool.draining());
    rig.expect_counts(0, 1, 1, 1);
    rig.expect_close(idle);
    rig.expect_fail(queued, Reason::drained);
    rig.expect_nothing();

    Waiter late;
    CHECK_FALSE(rig.pool.enqueue(late, rig.now));
    rig.pool.release(leased, true, rig.now);
    rig.expect_close(leased);
    rig.pool.dial_succeeded(dialing, rig.now);
    rig.expect_close(dialing);
    rig.expect_nothing();
    rig.expect_counts(0, 0, 0, 0);
    CHECK_FALSE(rig.pool.wake_at());
    rig.pool.drain();
    rig.expect_nothing();
}
