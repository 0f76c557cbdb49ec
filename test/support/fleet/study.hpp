#pragma once

#include "support/fleet/families.hpp"
#include "support/fleet/run.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace e2b::test::fleet {

// What a run is judged by here: the defaults of a bulk run.
core::BulkLimits default_limits(bool reads_ahead = true);

// What became of runs on platforms of one kind.
struct Study {
    std::vector<double> times;   // as multiples of the ideal
    std::vector<double> refused; // shares of the requests, but for those of special nodes
    std::vector<double> special; // those of special nodes
    double ideal = 0;            // in seconds, the median
    // Over all runs; these must be 0.
    std::size_t given_up = 0; // although the platform would have taken them
    std::size_t made_twice = 0;
    std::size_t unfinished = 0;
};

// For the seeds from 1 on.
Study study(Family const& family, std::uint64_t seeds);

// The value that this share of the values does not exceed. Precondition: there are values.
double percentile(std::vector<double> values, double share);

} // namespace e2b::test::fleet
