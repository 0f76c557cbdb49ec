#include "simulator/timer_queue.hpp"
#include "support/catch.hpp"

#include <chrono>

using namespace std::chrono_literals;
using e2b::sim::Instant;
using e2b::sim::TimerQueue;

TEST_CASE("timers come out in the order of their times, equal ones in the order in which they went in") {
    TimerQueue queue;
    CHECK_FALSE(queue.earliest());
    queue.add(3s, 30);
    queue.add(1s, 10);
    queue.add(2s, 20);
    queue.add(2s, 21);
    queue.add(2s, 22);
    CHECK(queue.earliest() == Instant(1s));
    CHECK_FALSE(queue.pop_due(1s - 1ns));
    for (std::uint64_t const value : {10U, 20U, 21U, 22U}) {
        auto const timer = queue.pop_due(2s);
        REQUIRE(timer);
        CHECK(timer->value == value);
    }
    CHECK_FALSE(queue.pop_due(2s));
    CHECK(queue.pop_due(3s)->at == Instant(3s));
    CHECK_FALSE(queue.earliest());
}
