#include "core/fleet/circuit_breaker.hpp"
#include "support/catch.hpp"

using namespace e2b::core;
using namespace std::chrono_literals;

namespace {

TimePoint const begin{};

// How many ask in an outage of this length.
int asked_in(Duration outage) {
    CircuitBreaker breaker;
    Rng rng(1);
    breaker.failed(begin, 1, 0s, rng);
    int asked = 0;
    for (auto now = breaker.next_at(); now < begin + outage; now = breaker.next_at()) {
        ++asked;
        breaker.failed(now, 1, 0s, rng);
    }
    return asked;
}

} // namespace

TEST_CASE("a circuit breaker opens after so many failures in a row", "[circuit_breaker]") {
    CircuitBreaker breaker;
    Rng rng(1);
    breaker.failed(begin, 3, 0s, rng);
    breaker.failed(begin + 1s, 3, 0s, rng);
    breaker.succeeded();
    breaker.failed(begin + 2s, 3, 0s, rng);
    breaker.failed(begin + 3s, 3, 0s, rng);
    CHECK_FALSE(breaker.is_open());
    breaker.failed(begin + 4s, 3, 0s, rng);
    CHECK(breaker.is_open());
    CHECK(breaker.failing_since() == begin + 2s);
    breaker.succeeded();
    CHECK_FALSE(breaker.is_open());
}

TEST_CASE("the longer an outage lasts, the more seldom one asks", "[circuit_breaker]") {
    CHECK(asked_in(1s) < 20);
    CHECK(asked_in(5min) < 100);
    CHECK(asked_in(24h) < 160);
    CHECK(asked_in(24h * 365) < 230);
    // And yet its end is noticed in about a tenth of its length.
    CircuitBreaker breaker;
    Rng rng(1);
    breaker.failed(begin, 1, 0s, rng);
    breaker.failed(begin + 100s, 1, 0s, rng);
    CHECK(breaker.next_at() >= begin + 107s);
    CHECK(breaker.next_at() <= begin + 113s);
}

TEST_CASE("one that is asked to wait longer does", "[circuit_breaker]") {
    CircuitBreaker breaker;
    Rng rng(1);
    breaker.failed(begin, 1, 30s, rng);
    CHECK(breaker.next_at() == begin + 30s);
}
