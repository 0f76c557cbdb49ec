#include "core/dial_gate.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

using namespace std::chrono_literals;
using e2b::core::DialGate;
using e2b::core::Duration;
using e2b::core::TimePoint;
using State = DialGate::State;

namespace {

constexpr Duration base = 100ms;
constexpr Duration cap = 5s;
constexpr TimePoint start{};

// Lets the probe begin at the moment at which the gate reopens.
DialGate::Ticket probe(DialGate& gate, TimePoint& now) {
    now = std::max(now, gate.reopens_at().value_or(now));
    REQUIRE(gate.permits(now));
    return gate.begin(now);
}

} // namespace

TEST_CASE("an open gate lets any number of dials run") {
    DialGate gate(base, cap, 1);
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(gate.permits(start));
        static_cast<void>(gate.begin(start));
    }
    CHECK(gate.state() == State::open);
    CHECK_FALSE(gate.reopens_at());
}

TEST_CASE("a failed dial closes the gate until its backoff is over") {
    DialGate gate(base, cap, 1);
    gate.failed(gate.begin(start), start);
    REQUIRE(gate.reopens_at());
    TimePoint const reopens = *gate.reopens_at();
    CHECK(reopens >= start + base / 2);
    CHECK(reopens <= start + base);
    CHECK_FALSE(gate.permits(start));
    CHECK_FALSE(gate.permits(reopens - Duration(1)));
    CHECK(gate.permits(reopens));
}

TEST_CASE(
    "backoffs of consecutive failures range from half the base to a ceiling that doubles up to the cap") {
    Duration const ceilings[] = {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s};
    Duration lowest[8];
    Duration highest[8] = {};
    std::fill(std::begin(lowest), std::end(lowest), Duration::max());
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        DialGate gate(base, cap, seed);
        TimePoint now = start;
        for (std::size_t n = 0; n < 8; ++n) {
            gate.failed(probe(gate, now), now);
            Duration const wait = *gate.reopens_at() - now;
            lowest[n] = std::min(lowest[n], wait);
            highest[n] = std::max(highest[n], wait);
        }
    }
    for (std::size_t n = 0; n < 8; ++n) {
        CHECK(lowest[n] >= base / 2);
        CHECK(highest[n] <= ceilings[n]);
        CHECK(highest[n] > ceilings[n] * 9 / 10);
    }
    CHECK(lowest[0] == base / 2);
}

TEST_CASE("the waits between probes grow with the failures in a row") {
    Duration sums[8] = {};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        DialGate gate(base, cap, seed);
        TimePoint now = start;
        for (Duration& sum : sums) {
            gate.failed(probe(gate, now), now);
            sum += *gate.reopens_at() - now;
        }
    }
    for (int n = 1; n < 6; ++n)
        CHECK(sums[n] > sums[n - 1] * 5 / 4);
    CHECK(sums[7] / 300 > cap * 4 / 10);
    CHECK(sums[7] / 300 < cap * 6 / 10);
}

TEST_CASE("after the backoff one probe runs at a time") {
    DialGate gate(base, cap, 1);
    TimePoint now = start;
    gate.failed(gate.begin(now), now);
    static_cast<void>(probe(gate, now));
    CHECK(gate.state() == State::probing);
    CHECK_FALSE(gate.permits(now));
    CHECK_FALSE(gate.permits(now + 24h));
    CHECK_FALSE(gate.reopens_at());
}

TEST_CASE("a probe's success opens the gate and starts the backoff anew") {
    DialGate gate(base, cap, 1);
    TimePoint now = start;
    for (int i = 0; i < 6; ++i)
        gate.failed(probe(gate, now), now);
    gate.succeeded(probe(gate, now));
    CHECK(gate.state() == State::open);
    static_cast<void>(gate.begin(now));
    CHECK(gate.permits(now));

    gate.failed(gate.begin(now), now);
    CHECK(*gate.reopens_at() - now <= base);
}

TEST_CASE("dials that began before the gate closed change nothing any more") {
    DialGate gate(base, cap, 1);
    TimePoint now = start;
    DialGate::Ticket const early[] = {gate.begin(now), gate.begin(now), gate.begin(now), gate.begin(now)};
    gate.failed(gate.begin(now), now);
    TimePoint const reopens = *gate.reopens_at();

    gate.failed(early[0], now + 1ms);
    CHECK(gate.reopens_at() == reopens);
    gate.succeeded(early[1]);
    CHECK(gate.state() == State::closed);
    gate.failed_finally(early[2]);
    CHECK(gate.state() == State::closed);

    static_cast<void>(probe(gate, now));
    gate.abandoned(early[3]);
    CHECK(gate.state() == State::probing);
    gate.failed(early[3], now);
    CHECK(gate.state() == State::probing);
}

TEST_CASE("a thousand dials that fail together count as one failure") {
    DialGate gate(base, cap, 1);
    std::vector<DialGate::Ticket> tickets;
    for (int i = 0; i < 1000; ++i)
        tickets.push_back(gate.begin(start));
    for (DialGate::Ticket ticket : tickets)
        gate.failed(ticket, start);
    CHECK(*gate.reopens_at() - start <= base);
    TimePoint now = start;
    gate.failed(probe(gate, now), now);
    CHECK(*gate.reopens_at() - now <= 2 * base);
}

TEST_CASE("a final failure makes nobody wait and lets one dial at a time ask again") {
    DialGate gate(base, cap, 1);
    DialGate::Ticket const sibling = gate.begin(start);
    gate.failed_finally(gate.begin(start));
    CHECK(gate.state() == State::half_open);
    CHECK_FALSE(gate.reopens_at());
    CHECK(gate.permits(start));

    DialGate::Ticket const next = gate.begin(start);
    CHECK_FALSE(gate.permits(start));
    gate.failed_finally(sibling);
    CHECK_FALSE(gate.permits(start));
    gate.failed_finally(next);
    CHECK(gate.permits(start));
    gate.succeeded(gate.begin(start));
    CHECK(gate.state() == State::open);
}

TEST_CASE("a final failure between retryable ones keeps the backoff's growth") {
    Duration longest{};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        DialGate gate(base, cap, seed);
        TimePoint now = start;
        for (int i = 0; i < 6; ++i)
            gate.failed(probe(gate, now), now);
        gate.failed_finally(probe(gate, now));
        gate.failed(gate.begin(now), now);
        longest = std::max(longest, *gate.reopens_at() - now);
    }
    CHECK(longest > 32 * base);
}

TEST_CASE("an abandoned probe makes room for another at once") {
    DialGate gate(base, cap, 1);
    TimePoint now = start;
    gate.failed(gate.begin(now), now);
    gate.abandoned(probe(gate, now));
    CHECK(gate.state() == State::half_open);
    CHECK(gate.permits(now));

    DialGate other(base, cap, 1);
    other.abandoned(other.begin(now));
    CHECK(other.state() == State::open);
}

TEST_CASE("an outage of a minute costs few dials") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        DialGate gate(base, cap, seed);
        TimePoint now = start;
        int dials = 0;
        while (now < start + 1min) {
            gate.failed(probe(gate, now), now);
            ++dials;
        }
        // Half the cap on average once the backoff has grown, and five shorter ones before.
        CHECK(dials >= 12);
        CHECK(dials <= 70);
    }
}

TEST_CASE("gates with different seeds do not reopen together") {
    std::set<TimePoint> moments;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        DialGate gate(base, cap, seed);
        TimePoint now = start;
        for (int i = 0; i < 6; ++i)
            gate.failed(probe(gate, now), now);
        moments.insert(*gate.reopens_at());
    }
    CHECK(moments.size() == 50);
}
