// How the pool and the deadlines grow: one step among `range(0)` others.
#include "core/pool.hpp"

#include "core/deadline_queue.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <deque>
#include <memory>

namespace {

using namespace std::chrono_literals;
using e2b::core::TimePoint;

struct Slot : e2b::core::PoolSlot {};
struct Waiter : e2b::core::PoolWaiter {};

// A pool whose connections are all leased, each to a call.
class BusyPool {
public:
    explicit BusyPool(std::size_t size) : pool_(limits(size), 1) {
        for (std::size_t i = 0; i < size; ++i) {
            Waiter first;
            (void)pool_.enqueue(first, now);
            (void)pool_.next(now); // a dial
            pool_.dial_started(slots_.emplace_back(), now);
            pool_.dial_succeeded(slots_.back(), now);
            (void)pool_.next(now); // the grant
        }
    }
    ~BusyPool() {
        for (auto& slot : slots_)
            pool_.drop(slot);
    }
    BusyPool(BusyPool const&) = delete;
    BusyPool& operator=(BusyPool const&) = delete;

    // The next connection comes back, and the call that waits takes it.
    bool turn(Waiter& waiter) {
        auto& slot = slots_[next_++ % slots_.size()];
        pool_.release(slot, true, now);
        (void)pool_.enqueue(waiter, now);
        auto const action = pool_.next(now);
        return action.kind == e2b::core::Pool::Action::Kind::grant && action.waiter == &waiter;
    }

private:
    static e2b::core::PoolLimits limits(std::size_t size) {
        e2b::core::PoolLimits limits;
        limits.max_connections = size;
        limits.max_uses = UINT64_MAX;
        return limits;
    }

    static constexpr TimePoint now{1s};
    e2b::core::Pool pool_;
    std::deque<Slot> slots_;
    std::size_t next_ = 0;
};

void release_and_grant(benchmark::State& state) {
    BusyPool pool(static_cast<std::size_t>(state.range(0)));
    Waiter waiter;
    for (auto _ : state)
        if (!pool.turn(waiter))
            state.SkipWithError("the connection was not granted");
}
BENCHMARK(release_and_grant)->RangeMultiplier(8)->Range(1, 32'768);

// A call's deadlines, as it sets them: one while it waits for a connection, one for the attempt, none.
void set_and_clear_deadline(benchmark::State& state) {
    e2b::core::DeadlineQueue queue;
    std::deque<e2b::core::Deadline> deadlines(static_cast<std::size_t>(state.range(0)));
    TimePoint now{1s};
    for (auto& each : deadlines)
        queue.set(each, now += 1us);
    std::size_t next = 0;
    for (auto _ : state) {
        auto& each = deadlines[next++ % deadlines.size()];
        queue.clear(each);
        queue.set(each, now += 1us);
        queue.set(each, now + 80s);
    }
}
BENCHMARK(set_and_clear_deadline)->RangeMultiplier(8)->Range(1, 32'768);

} // namespace
