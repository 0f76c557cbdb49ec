#pragma once

#include "support/fleet/platform.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace e2b::test::fleet {

// A kind of platform, of which each seed makes one, and what a run on it must reach.
struct Family {
    std::string name;
    Platform (*make)(std::uint64_t seed);
    // The run's time as a multiple of the ideal: what 95 of 100 must not exceed, and what would be good.
    double must;
    double goal;
    // The most that may be refused, as a share of the requests, but for what a special node refuses.
    double refused = 0.1;
    // The source is finite, so that items are started in a random order.
    bool reads_ahead = true;
};

// The kinds that a fleet's controller was always judged by, and then further ones.
std::vector<Family> const& main_families();
std::vector<Family> const& more_families();

} // namespace e2b::test::fleet
