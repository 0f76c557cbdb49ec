#include "core/fleet/circuit_breaker.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace e2b::core {

namespace {

constexpr std::chrono::milliseconds shortest_wait(100);
constexpr int part_of_outage = 10;

} // namespace

void CircuitBreaker::succeeded() noexcept {
    failures_ = 0;
    is_open_ = false;
}

void CircuitBreaker::failed(TimePoint now, std::size_t threshold, Duration least, Rng& rng) {
    if (failures_++ == 0)
        since_ = now;
    is_open_ = is_open_ || failures_ >= threshold;
    if (!is_open_)
        return;
    auto const wait = std::max<Duration>(shortest_wait, (now - since_) / part_of_outage);
    // A quarter more or less, so that several runs do not ask together.
    std::uniform_int_distribution<Duration::rep> spread(wait.count() / 4 * 3, wait.count() / 4 * 5);
    next_at_ = now + std::max(Duration(spread(rng)), least);
}

} // namespace e2b::core
