#include "pool_rig.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace std::chrono_literals;
using namespace e2b::core::test;
using e2b::core::Duration;
using e2b::core::PoolLimits;
using e2b::core::TimePoint;
using Kind = e2b::core::Pool::Action::Kind;
using State = e2b::core::PoolSlot::State;

TEST_CASE("a new pool has nothing to do and nothing to wait for") {
    Rig rig(at_most(4));
    rig.expect_nothing();
    rig.expect_counts(0, 0, 0, 0);
    CHECK_FALSE(rig.pool.wake_at());
}

TEST_CASE("the first call gets a connection that is dialed for it") {
    Rig rig(at_most(4));
    Waiter& waiter = rig.enqueue();
    CHECK(waiter.queued());
    CHECK(waiter.queued_at() == rig.now);
    Slot& slot = rig.begin_dial();
    CHECK(slot.state() == State::dialing);
    rig.expect_nothing();
    rig.expect_counts(0, 0, 1, 1);

    rig.now += 20ms;
    rig.pool.dial_succeeded(slot, rig.now);
    rig.expect_grant(slot, waiter);
    CHECK(slot.uses() == 1);
    CHECK(slot.opened_at() == rig.now);
    rig.expect_nothing();
    rig.expect_counts(0, 1, 0, 0);
}

TEST_CASE("a released connection is used again instead of a new one") {
    Rig rig(at_most(4));
    Slot& slot = rig.lease();
    rig.pool.release(slot, true, rig.now);
    rig.expect_nothing();
    rig.expect_counts(1, 0, 0, 0);
    rig.expect_grant(slot, rig.enqueue());
    CHECK(slot.uses() == 2);
}

TEST_CASE("a lease that was made no use of does not count") {
    Rig rig(at_most(1));
    Waiter& first = rig.enqueue();
    Waiter& second = rig.enqueue();
    Slot& slot = rig.begin_dial();
    rig.pool.dial_succeeded(slot, rig.now);
    rig.expect_grant(slot, first);
    rig.pool.give_back(slot, rig.now);
    rig.expect_grant(slot, second);
    CHECK(slot.uses() == 1);
}

TEST_CASE("a call whose connection was dead takes its place in front again") {
    Rig rig(at_most(1));
    Waiter& first = rig.enqueue();
    Waiter& second = rig.enqueue();
    Slot& dead = rig.begin_dial();
    rig.pool.dial_succeeded(dead, rig.now);
    rig.expect_grant(dead, first);
    rig.pool.release(dead, false, rig.now);
    REQUIRE(rig.pool.requeue(first, rig.now));
    rig.expect_close(dead);
    Slot& fresh = rig.begin_dial();
    rig.pool.dial_succeeded(fresh, rig.now);
    rig.expect_grant(fresh, first);
    rig.pool.release(fresh, true, rig.now);
    rig.expect_grant(fresh, second);
    rig.pool.drain();
    CHECK_FALSE(rig.pool.requeue(first, rig.now));
    CHECK_FALSE(first.queued());
}

TEST_CASE("the connection used last is granted first") {
    Rig rig(at_most(3));
    Slot& a = rig.lease();
    Slot& b = rig.lease();
    Slot& c = rig.lease();
    for (Slot* slot : {&b, &c, &a})
        rig.pool.release(*slot, true, rig.now);
    for (Slot* slot : {&a, &c, &b})
        rig.expect_grant(*slot, rig.enqueue());
}

TEST_CASE("waiters are served first come, first served") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    Waiter* const waiters[] = {&rig.enqueue(), &rig.enqueue(), &rig.enqueue()};
    rig.expect_nothing();
    for (Waiter* waiter : waiters) {
        rig.pool.release(slot, true, rig.now);
        rig.expect_grant(slot, *waiter);
        rig.expect_nothing();
    }
}

TEST_CASE("a newcomer does not overtake a waiter when a connection comes free") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    Waiter& first = rig.enqueue();
    rig.pool.release(slot, true, rig.now);
    rig.enqueue();
    rig.expect_grant(slot, first);
    rig.expect_nothing();
}

TEST_CASE("a waiter cancelled before the grant passes it on") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    Waiter& first = rig.enqueue();
    Waiter& second = rig.enqueue();
    rig.pool.release(slot, true, rig.now);
    CHECK(rig.pool.cancel(first));
    CHECK_FALSE(first.queued());
    CHECK_FALSE(rig.pool.cancel(first));
    rig.expect_grant(slot, second);
    CHECK_FALSE(rig.pool.cancel(second));
    CHECK(slot.state() == State::leased);
}

TEST_CASE("a connection that nobody waits for any more stays idle") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    Waiter& waiter = rig.enqueue();
    rig.pool.release(slot, true, rig.now);
    CHECK(rig.pool.cancel(waiter));
    rig.expect_nothing();
    rig.expect_counts(1, 0, 0, 0);
}

TEST_CASE("a cold burst starts one dial a call, up to the limit") {
    Rig rig(at_most(10));
    for (int i = 0; i < 6; ++i)
        rig.enqueue();
    for (int i = 0; i < 6; ++i)
        rig.begin_dial();
    rig.expect_nothing();
    for (int i = 0; i < 20; ++i)
        rig.enqueue();
    for (int i = 0; i < 4; ++i)
        rig.begin_dial();
    rig.expect_nothing();
    rig.expect_counts(0, 0, 10, 26);
}

TEST_CASE("connections that come free while dials run serve the waiters, and a dial too late stays idle") {
    Rig rig(at_most(2));
    Slot& busy = rig.lease();
    Waiter& waiter = rig.enqueue();
    Slot& late = rig.begin_dial();
    rig.pool.release(busy, true, rig.now);
    rig.expect_grant(busy, waiter);
    rig.pool.dial_succeeded(late, rig.now);
    rig.expect_nothing();
    rig.expect_counts(1, 1, 0, 0);
    rig.expect_grant(late, rig.enqueue());
}

TEST_CASE("a dial that lost its call serves the next one without another dial") {
    Rig rig(at_most(5));
    Waiter& first = rig.enqueue();
    Slot& slot = rig.begin_dial();
    CHECK(rig.pool.cancel(first));
    Waiter& second = rig.enqueue();
    rig.expect_nothing();
    rig.pool.dial_succeeded(slot, rig.now);
    rig.expect_grant(slot, second);
}

TEST_CASE("one call too many is refused and not queued") {
    PoolLimits limits = at_most(2);
    limits.max_waiters = 1;
    Rig rig(limits);
    rig.lease();
    rig.enqueue();
    rig.enqueue();
    Waiter extra;
    CHECK_FALSE(rig.pool.enqueue(extra, rig.now));
    CHECK_FALSE(extra.queued());
    CHECK(rig.pool.waiting() == 2);
    Slot& second = rig.begin_dial();
    rig.pool.dial_succeeded(second, rig.now);
    rig.expect_grant(second, rig.waiters[1]);
    Waiter another;
    CHECK_FALSE(rig.pool.enqueue(another, rig.now));
    rig.pool.release(second, true, rig.now);
    rig.expect_grant(second, rig.waiters[2]);
    rig.enqueue();
}

TEST_CASE("with no waiters allowed calls still get the connections that are not leased") {
    PoolLimits limits = at_most(2);
    limits.max_waiters = 0;
    Rig rig(limits);
    Slot& a = rig.lease();
    rig.lease();
    Waiter extra;
    CHECK_FALSE(rig.pool.enqueue(extra, rig.now));
    rig.pool.release(a, true, rig.now);
    rig.expect_grant(a, rig.enqueue());
}

TEST_CASE("the largest limit of waiters does not wrap around") {
    PoolLimits limits = at_most(2);
    limits.max_waiters = std::numeric_limits<std::size_t>::max();
    Rig rig(limits);
    for (int i = 0; i < 5; ++i)
        rig.enqueue();
}

TEST_CASE("a connection that is not reusable is closed, and its place dialed anew") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    rig.enqueue();
    rig.pool.release(slot, false, rig.now);
    CHECK(slot.state() == State::closing);
    rig.expect_counts(0, 0, 0, 1);
    rig.expect_close(slot);
    rig.begin_dial();
}

TEST_CASE("a connection is closed after its last permitted use") {
    PoolLimits limits = at_most(1);
    limits.max_uses = 2;
    Rig rig(limits);
    Slot& slot = rig.lease();
    rig.pool.release(slot, true, rig.now);
    rig.expect_grant(slot, rig.enqueue());
    rig.pool.release(slot, true, rig.now);
    rig.expect_close(slot);
    rig.expect_counts(0, 0, 0, 0);
}

TEST_CASE("an unused connection is closed after the idle timeout, the one idle longest first") {
    PoolLimits limits = at_most(2);
    limits.idle_timeout = 10s;
    Rig rig(limits);
    Slot& a = rig.lease();
    Slot& b = rig.lease();
    TimePoint const start = rig.now;
    rig.pool.release(b, true, rig.now);
    rig.now += 3s;
    rig.pool.release(a, true, rig.now);
    CHECK(rig.pool.wake_at() == start + 10s);
    rig.now = start + 10s - Duration(1);
    rig.expect_nothing();
    rig.now = start + 10s;
    rig.expect_close(b);
    rig.expect_nothing();
    CHECK(rig.pool.wake_at() == start + 13s);
    rig.now = start + 13s;
    rig.expect_close(a);
    CHECK_FALSE(rig.pool.wake_at());
}

TEST_CASE("a connection that expired is closed instead of granted") {
    PoolLimits limits = at_most(1);
    limits.idle_timeout = 10s;
    Rig rig(limits);
    Slot& slot = rig.lease();
    rig.pool.release(slot, true, rig.now);
    rig.now += 10s;
    rig.enqueue();
    rig.expect_close(slot);
    rig.begin_dial();
}

TEST_CASE("an old connection is closed while idle, or at its release, but never while leased") {
    PoolLimits limits = at_most(2);
    limits.max_age = 60s;
    Rig rig(limits);
    TimePoint const start = rig.now;
    Slot& busy = rig.lease();
    rig.now += 1s;
    Slot& idle = rig.lease();
    rig.pool.release(idle, true, rig.now);

    rig.now = start + 60s;
    rig.expect_nothing();
    CHECK(rig.pool.wake_at() == start + 61s);
    rig.now = start + 61s;
    rig.expect_close(idle);
    rig.expect_nothing();
    CHECK_FALSE(rig.pool.wake_at());
    CHECK(busy.state() == State::leased);
    rig.pool.release(busy, true, rig.now);
    rig.expect_close(busy);
}

TEST_CASE("limits as long as the clock's range never expire") {
    PoolLimits limits = at_most(1);
    limits.idle_timeout = Duration::max();
    limits.max_age = Duration::max();
    Rig rig(limits);
    rig.pool.release(rig.lease(), true, rig.now);
    CHECK(rig.pool.wake_at() == TimePoint::max());
    rig.now += std::chrono::hours(24 * 365 * 100);
    rig.expect_nothing();
    CHECK(rig.pool.idle() == 1);
}

TEST_CASE("an idle connection that died is gone at once") {
    Rig rig(at_most(2));
    Slot& a = rig.lease();
    Slot& b = rig.lease();
    rig.pool.release(a, true, rig.now);
    rig.pool.release(b, true, rig.now);
    rig.pool.lost(b);
    CHECK(b.state() == State::none);
    rig.expect_counts(1, 0, 0, 0);
    rig.expect_grant(a, rig.enqueue());
}

TEST_CASE("a dropped connection makes room, whatever it was doing") {
    Rig rig(at_most(1));
    rig.enqueue();
    Slot& dialing = rig.begin_dial();
    rig.pool.drop(dialing);
    rig.expect_counts(0, 0, 0, 1);
    Slot& slot = rig.begin_dial();
    rig.pool.dial_succeeded(slot, rig.now);
    rig.pool.drop(slot);
    rig.expect_counts(0, 0, 0, 1);

    rig.pool.dial_started(slot, rig.now);
    rig.pool.dial_succeeded(slot, rig.now);
    rig.expect_grant(slot, rig.waiters[0]);
    rig.pool.drop(slot);
    rig.expect_counts(0, 0, 0, 0);

    Slot& unusable = rig.lease();
    rig.pool.release(unusable, false, rig.now);
    rig.pool.drop(unusable);
    rig.expect_nothing();
    rig.pool.drop(unusable);
    rig.expect_counts(0, 0, 0, 0);
}

TEST_CASE("a slot can be used for a new connection after it left the pool") {
    Rig rig(at_most(1));
    Slot& slot = rig.lease();
    rig.pool.drop(slot);
    rig.enqueue();
    REQUIRE(rig.pool.next(rig.now).kind == Kind::dial);
    rig.pool.dial_started(slot, rig.now);
    CHECK(slot.uses() == 0);
}

TEST_CASE("the connection that was idle longest is evicted first") {
    Rig rig(at_most(3));
    CHECK(rig.pool.evict_idle() == nullptr);
    Slot& a = rig.lease();
    Slot& b = rig.lease();
    rig.lease();
    rig.pool.release(b, true, rig.now);
    rig.pool.release(a, true, rig.now);
    CHECK(rig.pool.evict_idle() == &b);
    CHECK(b.state() == State::none);
    CHECK(rig.pool.evict_idle() == &a);
    CHECK(rig.pool.evict_idle() == nullptr);
    rig.expect_nothing();
    rig.expect_counts(0, 1, 0, 0);
}
