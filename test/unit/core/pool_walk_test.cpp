// The pool against a model that is too simple to be wrong, through random walks.
#include "core/pool.hpp"
#include "pool_model.hpp"
#include "support/catch.hpp"

#include <array>
#include <deque>
#include <random>

using namespace std::chrono_literals;
using namespace e2b::core::test;
using e2b::core::Duration;
using e2b::core::Pool;
using e2b::core::PoolLimits;
using e2b::core::PoolSlot;
using e2b::core::TimePoint;
using Kind = Pool::Action::Kind;

namespace {

struct Tally {
    int grants = 0, dials = 0, closes = 0, dial_failures = 0, drained = 0, refused = 0,
        cancelled_unpumped = 0;
};

class Walk {
public:
    Walk(unsigned seed, Tally& tally)
        : engine_(seed),
          limits_(random_limits()),
          pool_(limits_, seed),
          model_(limits_),
          tally_(tally) {}

    ~Walk() {
        for (ModelSlot& slot : slots_)
            pool_.drop(slot);
        for (ModelWaiter& waiter : waiters_)
            pool_.cancel(waiter);
    }

    void run(int events) {
        for (int i = 0; i < events; ++i) {
            happen();
            compare();
            unsigned const pumping = below(10);
            if (pumping < 7)
                pump();
            else if (pumping < 9)
                step();
            compare();
        }
    }

    // From wherever the walk has led, everybody is served in a bounded number of rounds.
    void serve_all() {
        pump();
        for (std::size_t rounds = 2 * pool_.waiting() + limits_.max_connections + 4; pool_.waiting() > 0;
             --rounds) {
            REQUIRE(rounds > 0);
            while (!model_.leased.empty())
                release(*model_.leased.front(), true);
            while (!model_.dialing.empty())
                finish_dial(*model_.dialing.front(), DialEnd::success);
            pump();
            if (pool_.leased() == 0 && pool_.dialing() == 0 && pool_.waiting() > 0) {
                REQUIRE(pool_.wake_at());
                now_ = *pool_.wake_at();
                pump();
            }
        }
    }

    void drain() {
        pool_.drain();
        model_.drain();
        compare();
    }

    // After a drain nothing is left once the leases and dials have ended.
    void finish() {
        pump();
        CHECK(pool_.waiting() == 0);
        CHECK(pool_.idle() == 0);
        while (!model_.leased.empty())
            release(*model_.leased.front(), below(2) == 0);
        while (!model_.dialing.empty())
            finish_dial(*model_.dialing.front(), DialEnd(below(3)));
        pump();
        compare();
        CHECK(pool_.open() == 0);
        for (ModelSlot const& slot : slots_)
            CHECK(slot.state() == PoolSlot::State::none);
        CHECK_FALSE(pool_.wake_at());
        CHECK_FALSE(pool_.enqueue(waiters_.front(), now_));
    }

private:
    enum class DialEnd { success, retryable, final };

    unsigned below(std::size_t limit) {
        return unsigned(std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_));
    }

    template <class T>
    T& any_of(std::deque<T*> const& from) {
        return *from[below(from.size())];
    }

    PoolLimits random_limits() {
        PoolLimits limits;
        limits.max_connections = 1 + below(3) * below(4);
        limits.max_waiters = below(12);
        limits.idle_timeout = Duration(20 + below(200));
        limits.max_age = Duration(50 + below(500));
        limits.max_uses = below(3) == 0 ? 1 + below(5) : 1'000'000;
        limits.dial_backoff_base = Duration(1 + below(30));
        limits.dial_backoff_cap = limits.dial_backoff_base * (1 + below(20));
        // An outage, a healthy origin, and what lies between.
        success_percent_ = std::array{0u, 40u, 80u, 100u}[below(4)];
        return limits;
    }

    void happen() {
        unsigned const choice = below(100);
        if (choice < 30)
            enqueue(waiters_[below(waiters_.size())]);
        else if (choice < 40)
            cancel(waiters_[below(waiters_.size())]);
        else if (choice < 55 && !model_.leased.empty())
            release(any_of(model_.leased), below(8) != 0);
        else if (choice < 60 && !model_.leased.empty() && !model_.queue.empty())
            release_and_cancel_front();
        else if (choice < 80 && !model_.dialing.empty())
            finish_dial(any_of(model_.dialing), below(100) < success_percent_ ? DialEnd::success
                                                : below(3) != 0               ? DialEnd::retryable
                                                                              : DialEnd::final);
        else if (choice < 83 && !model_.idle.empty())
            lose(any_of(model_.idle));
        else if (choice < 85 && !slots_.empty())
            drop(slots_[below(slots_.size())]);
        else if (choice < 86)
            evict();
        else
            now_ += Duration(below(below(4) == 0 ? 100 : 5));
    }

    void enqueue(ModelWaiter& waiter) {
        if (waiter.queued())
            return;
        bool const taken = pool_.enqueue(waiter, now_);
        REQUIRE(taken == model_.enqueue(waiter));
        if (taken)
            waiter.ticket = next_ticket_++;
        else
            ++tally_.refused;
    }

    void cancel(ModelWaiter& waiter) {
        bool const could_be_granted = !model_.queue.empty() && !model_.idle.empty();
        bool const was_queued = model_.cancel(waiter);
        REQUIRE(pool_.cancel(waiter) == was_queued);
        tally_.cancelled_unpumped += was_queued && could_be_granted;
    }

    void release(ModelSlot& slot, bool reusable) {
        pool_.release(slot, reusable, now_);
        model_.release(slot, reusable, now_);
    }

    // The waiter goes at the very instant at which it would be granted.
    void release_and_cancel_front() {
        release(any_of(model_.leased), true);
        cancel(*model_.queue.front());
    }

    void finish_dial(ModelSlot& slot, DialEnd end) {
        if (end == DialEnd::success) {
            pool_.dial_succeeded(slot, now_);
            model_.dial_succeeded(slot, now_);
        } else {
            pool_.dial_failed(slot, now_, end == DialEnd::final);
            model_.dial_failed(slot, now_, end == DialEnd::final);
        }
    }

    void lose(ModelSlot& slot) {
        pool_.lost(slot);
        model_.drop(slot);
    }

    void drop(ModelSlot& slot) {
        pool_.drop(slot);
        model_.drop(slot);
    }

    void evict() {
        ModelSlot* const expected = model_.idle.empty() ? nullptr : model_.idle.back();
        REQUIRE(pool_.evict_idle() == expected);
        if (expected != nullptr)
            model_.drop(*expected);
    }

    // One `next`, carried out as the shell would. False if there was nothing to do.
    bool step() {
        model_.expire(now_);
        Pool::Action const action = pool_.next(now_);
        switch (action.kind) {
        case Kind::close:
            model_.take_closing(static_cast<ModelSlot*>(action.slot));
            ++tally_.closes;
            break;
        case Kind::fail:
            tally_.drained += action.reason == Pool::Reason::drained;
            tally_.dial_failures += action.reason == Pool::Reason::final_dial_failure;
            model_.take_failing(static_cast<ModelWaiter*>(action.waiter), action.reason);
            break;
        case Kind::grant:
            take_grant(action);
            break;
        case Kind::dial:
            REQUIRE(model_.nothing_before_dials());
            REQUIRE(model_.wants_dial());
            REQUIRE(model_.gate_may_permit(now_));
            begin_dial();
            break;
        case Kind::none:
            REQUIRE(model_.nothing_before_dials());
            REQUIRE_FALSE((model_.wants_dial() && model_.gate_must_permit(now_)));
            return false;
        }
        return true;
    }

    void take_grant(Pool::Action const& action) {
        auto* const waiter = static_cast<ModelWaiter*>(action.waiter);
        REQUIRE(waiter->ticket > last_granted_);
        last_granted_ = waiter->ticket;
        model_.take_grant(static_cast<ModelSlot*>(action.slot), waiter);
        ++tally_.grants;
    }

    void begin_dial() {
        ModelSlot* unused = nullptr;
        for (ModelSlot& slot : slots_) {
            if (slot.state() == PoolSlot::State::none)
                unused = &slot;
        }
        if (unused == nullptr)
            unused = &slots_.emplace_back();
        pool_.dial_started(*unused, now_);
        model_.dial_started(*unused);
        ++tally_.dials;
    }

    void pump() {
        int steps = 0;
        do {
            compare();
            REQUIRE(++steps < 200);
        } while (step());
        model_.check_wake_at(pool_.wake_at(), now_);
    }

    void compare() {
        REQUIRE(pool_.idle() == model_.idle.size());
        REQUIRE(pool_.leased() == model_.leased.size());
        REQUIRE(pool_.dialing() == model_.dialing.size());
        REQUIRE(pool_.waiting() == model_.queue.size() + model_.failing.size());
        REQUIRE(pool_.idle() + pool_.leased() + pool_.dialing() == pool_.open());
        REQUIRE(pool_.open() <= limits_.max_connections);
        for (ModelSlot const& slot : slots_) {
            REQUIRE(slot.state() == model_.state_of(slot));
            if (slot.state() == PoolSlot::State::idle || slot.state() == PoolSlot::State::leased) {
                REQUIRE(slot.uses() == slot.expected_uses);
                REQUIRE(slot.opened_at() == slot.expected_opened);
            }
        }
        for (ModelWaiter const& waiter : waiters_)
            REQUIRE(waiter.queued() == model_.waits(waiter));
    }

    std::mt19937 engine_;
    unsigned success_percent_ = 100;
    PoolLimits limits_;
    Pool pool_;
    PoolModel model_;
    Tally& tally_;
    TimePoint now_{1h};
    std::deque<ModelSlot> slots_;
    std::array<ModelWaiter, 24> waiters_;
    long next_ticket_ = 0;
    long last_granted_ = -1;
};

} // namespace

TEST_CASE("the pool agrees with a naive model through random walks, starves nobody and drains to zero") {
    Tally tally;
    for (unsigned seed = 0; seed < 800; ++seed) {
        CAPTURE(seed);
        Walk walk(seed, tally);
        walk.run(300);
        if (seed % 2 == 0)
            walk.serve_all();
        walk.drain();
        walk.run(20);
        walk.finish();
    }
    // The walks have met what they are for.
    CHECK(tally.grants > 10'000);
    CHECK(tally.dials > 10'000);
    CHECK(tally.closes > 1'000);
    CHECK(tally.dial_failures > 1'000);
    CHECK(tally.drained > 300);
    CHECK(tally.refused > 1'000);
    CHECK(tally.cancelled_unpumped > 1'000);
}
