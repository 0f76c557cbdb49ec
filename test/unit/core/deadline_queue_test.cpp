#include "core/deadline_queue.hpp"
#include "support/catch.hpp"

#include <array>
#include <map>
#include <random>
#include <utility>

using namespace std::chrono_literals;
using e2b::core::Deadline;
using e2b::core::DeadlineQueue;
using e2b::core::Duration;
using e2b::core::TimePoint;

namespace {

constexpr TimePoint start{};

} // namespace

TEST_CASE("an empty deadline queue has nothing due") {
    DeadlineQueue queue;
    CHECK(queue.empty());
    CHECK_FALSE(queue.earliest());
    CHECK(queue.pop_due(TimePoint::max()) == nullptr);
}

TEST_CASE("deadlines come in the order of their times, whatever the order of setting") {
    DeadlineQueue queue;
    std::array<Deadline, 5> deadlines;
    int const times[] = {3, 1, 4, 0, 2};
    for (std::size_t i = 0; i < 5; ++i)
        queue.set(deadlines[i], start + Duration(times[i]));
    for (std::size_t i : {3u, 1u, 4u, 0u, 2u}) {
        CHECK(queue.earliest() == start + Duration(times[i]));
        CHECK(queue.pop_due(TimePoint::max()) == &deadlines[i]);
        CHECK_FALSE(deadlines[i].queued());
    }
    CHECK(queue.empty());
}

TEST_CASE("a deadline is due at its time and not before") {
    DeadlineQueue queue;
    Deadline deadline;
    queue.set(deadline, start + 10ms);
    CHECK(queue.pop_due(start + 10ms - Duration(1)) == nullptr);
    CHECK(deadline.queued());
    CHECK(queue.pop_due(start + 10ms) == &deadline);
    CHECK(deadline.at() == start + 10ms);
}

TEST_CASE("equal deadlines come in the order in which they were set") {
    DeadlineQueue queue;
    std::array<Deadline, 50> deadlines;
    for (Deadline& deadline : deadlines)
        queue.set(deadline, start);
    queue.set(deadlines[0], start);
    for (std::size_t i = 1; i < deadlines.size(); ++i)
        REQUIRE(queue.pop_due(start) == &deadlines[i]);
    CHECK(queue.pop_due(start) == &deadlines[0]);
}

TEST_CASE("setting a queued deadline again moves it") {
    DeadlineQueue queue;
    Deadline a;
    Deadline b;
    queue.set(a, start + 1ms);
    queue.set(b, start + 2ms);
    queue.set(a, start + 3ms);
    CHECK(queue.size() == 2);
    CHECK(queue.earliest() == start + 2ms);
    queue.set(a, start);
    CHECK(queue.pop_due(start + 1h) == &a);
    CHECK(queue.pop_due(start + 1h) == &b);
}

TEST_CASE("a cleared deadline never comes, and clearing it again does nothing") {
    DeadlineQueue queue;
    Deadline a;
    Deadline b;
    queue.set(a, start);
    queue.set(b, start + 1ms);
    queue.clear(a);
    queue.clear(a);
    CHECK_FALSE(a.queued());
    CHECK(queue.pop_due(TimePoint::max()) == &b);
    CHECK(queue.empty());
}

TEST_CASE("a destroyed deadline leaves its queue, and a destroyed queue its deadlines") {
    Deadline survivor;
    {
        DeadlineQueue queue;
        queue.set(survivor, start + 1ms);
        {
            Deadline gone;
            queue.set(gone, start);
        }
        CHECK(queue.size() == 1);
        CHECK(queue.earliest() == start + 1ms);
    }
    CHECK_FALSE(survivor.queued());
    DeadlineQueue other;
    other.set(survivor, start);
    CHECK(other.pop_due(start) == &survivor);
}

TEST_CASE("the deadline queue agrees with a sorted map through a random walk") {
    std::mt19937 engine(20);
    auto const below = [&](unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(engine);
    };

    DeadlineQueue queue;
    std::array<Deadline, 200> deadlines;
    std::multimap<std::pair<TimePoint, int>, Deadline*> model;
    auto const forget = [&](Deadline& deadline) {
        for (auto it = model.begin(); it != model.end(); ++it) {
            if (it->second == &deadline) {
                model.erase(it);
                return;
            }
        }
    };
    TimePoint now = start;
    int popped = 0;
    for (int step = 0; step < 60'000; ++step) {
        Deadline& deadline = deadlines[below(200)];
        // Phases in which it grows and phases in which it shrinks, so that all sizes are met.
        unsigned const growth = step / 5'000 % 2 == 0 ? 6 : 2;
        unsigned const choice = below(10);
        if (choice < growth) {
            TimePoint const at = now + Duration(below(100));
            forget(deadline);
            model.insert({{at, step}, &deadline});
            queue.set(deadline, at);
        } else if (choice < 8) {
            forget(deadline);
            queue.clear(deadline);
        } else {
            now += Duration(below(8));
            while (!model.empty() && model.begin()->first.first <= now) {
                REQUIRE(queue.pop_due(now) == model.begin()->second);
                model.erase(model.begin());
                ++popped;
            }
            REQUIRE(queue.pop_due(now) == nullptr);
        }
        REQUIRE(queue.size() == model.size());
        REQUIRE(queue.earliest().has_value() == !model.empty());
        if (!model.empty())
            REQUIRE(*queue.earliest() == model.begin()->first.first);
    }
    CHECK(popped > 5'000);
    while (!model.empty()) {
        REQUIRE(queue.pop_due(TimePoint::max()) == model.begin()->second);
        model.erase(model.begin());
    }
    CHECK(queue.empty());
}
