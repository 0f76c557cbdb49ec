#include "support/fleet/study.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::test::fleet {

namespace {

// A run that takes so many times the ideal is broken off.
constexpr double longest = 60;

double share(std::size_t part, std::size_t of) {
    return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

} // namespace

core::BulkLimits default_limits(bool reads_ahead) {
    core::BulkLimits limits;
    limits.read_ahead = reads_ahead ? limits.held : 0;
    return limits;
}

Study study(Family const& family, std::uint64_t seeds) {
    Study study;
    std::vector<double> ideals;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        auto const platform = family.make(seed);
        auto const ideal = ideal_seconds(platform);
        auto const result = Run(platform, default_limits(family.reads_ahead)).run(longest * ideal);
        ideals.push_back(ideal);
        study.times.push_back(result.seconds / ideal);
        study.refused.push_back(share(result.refused, result.posts));
        study.special.push_back(share(result.refused_by_special, result.posts));
        study.given_up += result.given_up;
        study.made_twice += result.made_twice;
        study.unfinished += platform.items.size() - result.created - result.given_up - result.gone;
    }
    study.ideal = percentile(std::move(ideals), 0.5);
    return study;
}

double percentile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    auto const last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::lround(share * last))];
}

} // namespace e2b::test::fleet
