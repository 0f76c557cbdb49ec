#pragma once

#include "core/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

// A model of the platform for the fleet's controller: nodes with slots and queues, and all that can be uneven
// about them. No sockets, no threads; the time is the model's own.
namespace e2b::test::fleet {

using Seconds = std::chrono::duration<double>;

// From the beginning of the run.
inline core::TimePoint at(double seconds) {
    return core::TimePoint() + std::chrono::round<core::Duration>(Seconds(seconds));
}

enum class NodeState : unsigned char {
    serves,
    refuses, // 503 at once, as while it drains; what was begun goes on
    gone,    // 404: its sandboxes are no more
};

struct NodeChange {
    double at = 0;
    NodeState state = NodeState::serves;
    unsigned slots = 3;
};

struct Node {
    unsigned slots = 3;
    // It has far more sandboxes than others, or refuses for a while: what it refuses is its own affair.
    bool is_special = false;
    std::vector<NodeChange> changes; // in the order of time
};

struct Item {
    std::uint32_t node = 0;
    double work = 0.5; // seconds that its snapshot takes
};

// From a moment on snapshots take so many times as long.
struct Slowness {
    double at = 0;
    double factor = 1;
};

// The API's limiter.
struct RateLimit {
    double per_second = 0; // 0: none
    double burst = 0;      // what a token bucket holds; 0: as much as in a second
    double window = 0;     // seconds: so many are counted in fixed windows, and not by a bucket
    bool says_when = true; // Retry-After
};

struct Platform {
    std::vector<Node> nodes;
    std::vector<Item> items; // in the order of the list
    double queue_timeout = 3;
    double round_trip = 0.02; // of an answer for which nothing is done
    double refused = 0;       // share of requests that get 503 for no reason of load
    double limited = 0;       // and 429
    bool limited_says_when = true;
    RateLimit limit;
    std::vector<Slowness> slowness; // in the order of time
    std::uint64_t seed = 1;

    [[nodiscard]] double factor_at(double seconds) const;
};

// How long it takes at the least: every node with all its items from the first moment on, in their order, and
// the limiter used up whole.
double ideal_seconds(Platform const& platform);

// Uniform in [0, 1), the same with every standard library.
inline double uniform(std::mt19937_64& random) {
    return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

} // namespace e2b::test::fleet
