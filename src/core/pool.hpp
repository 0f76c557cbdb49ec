#pragma once

#include "base/intrusive_list.hpp"
#include "core/dial_gate.hpp"
#include "core/time.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace e2b::core {

// One connection as the pool sees it: the base of the connection object. It is the pool's while it is in any
// state but `none`, and must be in `none` when it is destroyed; `Pool::drop` takes it there from everywhere.
class PoolSlot {
public:
    enum class State : unsigned char {
        none,    // not in the pool
        dialing, // being opened
        idle,    // open and unused
        leased,  // granted to a call
        closing, // out of the pool, but not yet handed out as a `close` action
    };

    PoolSlot() = default;
    PoolSlot(PoolSlot const&) = delete;
    PoolSlot& operator=(PoolSlot const&) = delete;

    [[nodiscard]] State state() const noexcept { return state_; }
    // How often it was granted, so 1 during its first lease.
    [[nodiscard]] std::uint64_t uses() const noexcept { return uses_; }
    // When its dial succeeded.
    [[nodiscard]] TimePoint opened_at() const noexcept { return opened_at_; }
    // When it was last released, or its dial succeeded.
    [[nodiscard]] TimePoint idle_since() const noexcept { return idle_since_; }

protected:
    ~PoolSlot() { assert(state_ == State::none); }

private:
    friend class Pool;

    base::ListLink<PoolSlot> link_;     // among the idle or the closing ones
    base::ListLink<PoolSlot> age_link_; // among the open ones, oldest first
    TimePoint opened_at_{};
    TimePoint idle_since_{};
    std::uint64_t uses_ = 0;
    DialGate::Ticket ticket_ = 0;
    State state_ = State::none;
};

// A call that waits for a connection: the base of the waiting object. Must not be queued when it is
// destroyed.
class PoolWaiter {
public:
    PoolWaiter() = default;
    PoolWaiter(PoolWaiter const&) = delete;
    PoolWaiter& operator=(PoolWaiter const&) = delete;

    // Until the action that grants it a slot or fails it was returned, or it was cancelled.
    [[nodiscard]] bool queued() const noexcept { return state_ != State::none; }
    [[nodiscard]] TimePoint queued_at() const noexcept { return queued_at_; }

protected:
    ~PoolWaiter() { assert(!queued()); }

private:
    friend class Pool;
    enum class State : unsigned char { none, waiting, failing_dial, failing_drained };

    base::ListLink<PoolWaiter> link_;
    TimePoint queued_at_{};
    State state_ = State::none;
};

struct PoolLimits {
    PoolLimits() noexcept {}

    std::size_t max_connections = 256;               // at least 1
    std::size_t max_waiters = 100'000;               // beyond those that can have a connection of their own
    Duration idle_timeout = std::chrono::minutes(5); // more than 0
    Duration max_age = std::chrono::minutes(10);     // more than 0, since the dial succeeded
    std::uint64_t max_uses = 1'000'000;              // at least 1
    Duration dial_backoff_base = std::chrono::milliseconds(100); // more than 0
    Duration dial_backoff_cap = std::chrono::seconds(5);         // at least the base
};

// Decides which call gets which connection. The shell reports what happened and when, then asks `next` until
// it returns `none` and carries out each action; it asks again after the next event, or at `wake_at`.
//
// - Idle connections: the one used last is granted first, so that the surplus grows old and is closed.
// - Waiters: first come, first served. A new call joins the queue; only `next` grants. A
//   connection that turns out to be dead costs no call its turn.
// - Grants: only of idle connections. Released and fresh ones become idle, and the front waiter gets them.
// - Dials: while more calls wait than dials run, fewer than `max_connections` are open and the gate permits.
//   A dial belongs to no call: calls take what is free first, and a connection that comes too late is kept
//   idle.
// - Retryable dial failures fail no call; they hold further dials back for a while (see DialGate).
// - Final dial failures fail all that wait if no connection is idle or leased. While others work they fail
//   the front waiter only, and no call that an idle connection is there for. Calls that come afterwards are
//   tried anew, but one dial at a time until one succeeds, and each dial that fails ends the call that wanted
//   it.
//
// At all times idle + leased + dialing = open <= max_connections. Everything takes constant time, apart from
// failing or draining many. Times handed in must not go back. The pool owns neither slots nor waiters; they
// must not be destroyed while they are in it, and it must outlive their stay.
class Pool {
public:
    enum class Reason : unsigned char {
        none,
        final_dial_failure, // the dial's error is the shell's to know
        drained,
    };

    struct Action {
        enum class Kind : unsigned char {
            none,
            grant, // `slot` is leased, `waiter` is out of the queue
            dial,  // open a connection: make a slot and call `dial_started` before the next `next`
            close, // `slot` is out of the pool: close it
            fail,  // `waiter` is out of the queue and gets no connection, because of `reason`
        };

        Kind kind = Kind::none;
        PoolSlot* slot = nullptr;
        PoolWaiter* waiter = nullptr;
        Reason reason = Reason::none;
    };

    // The seed is for the backoff between dials.
    Pool(PoolLimits const& limits, std::uint64_t seed);
    Pool(Pool const&) = delete;
    Pool& operator=(Pool const&) = delete;
    ~Pool() = default;

    // A call wants a connection. False, with nothing queued, when it would be one too many: as
    // many calls wait as there are connections not leased, open or yet to be dialed, and `max_waiters` on top
    // of that. Also false once drained.
    [[nodiscard]] bool enqueue(PoolWaiter& waiter, TimePoint now) noexcept;
    // A call that was granted a connection which turned out to be of no use takes its place in front again,
    // however many others wait. False, with nothing queued, once drained.
    [[nodiscard]] bool requeue(PoolWaiter& waiter, TimePoint now) noexcept;
    // A call no longer wants one. False if it was not queued: then it was granted or failed before, and a
    // granted slot must be released.
    bool cancel(PoolWaiter& waiter) noexcept;

    // The response to a `dial` action where there is no memory for a slot: as a dial that failed.
    void dial_impossible(TimePoint now);
    // The response to a `dial` action. Must be followed by one of the two below, or by `drop`.
    void dial_started(PoolSlot& slot, TimePoint now) noexcept;
    void dial_succeeded(PoolSlot& slot, TimePoint now) noexcept;
    // The slot is out of the pool on return. `is_final`: the next dial would meet the same.
    void dial_failed(PoolSlot& slot, TimePoint now, bool is_final);

    // The dial is the one that was let through to see whether those before it failed for good.
    [[nodiscard]] bool is_probe(PoolSlot const& slot) const noexcept { return gate_.is_probe(slot.ticket_); }

    // The end of a lease. A connection that is not reusable, too old or too often used comes out as a
    // `close`.
    void release(PoolSlot& slot, bool reusable, TimePoint now) noexcept;
    // The end of a lease that was made no use of.
    void give_back(PoolSlot& slot, TimePoint now) noexcept;
    // An idle connection died. It is out of the pool on return, with no further action.
    void lost(PoolSlot& slot) noexcept;
    // Out of the pool, whatever the state, with no further action. For one that was closed while leased or
    // dialing.
    void drop(PoolSlot& slot) noexcept;
    // Takes out the connection that was idle longest, for the shell to close at once when the process is
    // short of descriptors; null if there is none.
    [[nodiscard]] PoolSlot* evict_idle() noexcept;
    // From now on nothing is queued, granted or dialed: idle connections come out as `close`, waiters as
    // `fail`. Leased and dialing ones come out when they are released or succeed.
    void drain() noexcept;

    // The next thing to do; `none` when there is nothing to do until the next event or `wake_at`.
    [[nodiscard]] Action next(TimePoint now) noexcept;
    // When `next` may have something to do although nothing has happened. After `next` returned `none` at a
    // moment, this is later than that moment.
    [[nodiscard]] std::optional<TimePoint> wake_at() const noexcept;
    // Until when no dial begins; nothing if one may.
    [[nodiscard]] std::optional<TimePoint> dials_again_at() const noexcept { return gate_.reopens_at(); }

    [[nodiscard]] std::size_t open() const noexcept { return idle() + leased() + dialing(); }
    [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
    [[nodiscard]] std::size_t leased() const noexcept { return leased_; }
    [[nodiscard]] std::size_t dialing() const noexcept { return dialing_; }
    // The waiters for whom queued() is true.
    [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size() + failing_.size(); }
    [[nodiscard]] bool draining() const noexcept { return draining_; }

private:
    [[nodiscard]] bool wants_dial() const noexcept;
    [[nodiscard]] Action grant() noexcept;
    void fail_front(PoolWaiter::State why) noexcept;
    void retire(PoolSlot& slot) noexcept;
    void cull(TimePoint now) noexcept;

    PoolLimits limits_;
    DialGate gate_;
    base::IntrusiveList<PoolWaiter, &PoolWaiter::link_> queue_;
    base::IntrusiveList<PoolWaiter, &PoolWaiter::link_> failing_;
    base::IntrusiveList<PoolSlot, &PoolSlot::link_> idle_; // used last in front, so idle longest at the back
    base::IntrusiveList<PoolSlot, &PoolSlot::link_> closing_;
    // Idle and leased ones, opened first in front; a leased one that grew too old has left, as its release
    // sees to it.
    base::IntrusiveList<PoolSlot, &PoolSlot::age_link_> by_age_;
    std::size_t leased_ = 0;
    std::size_t dialing_ = 0;
    bool draining_ = false;
};

} // namespace e2b::core
