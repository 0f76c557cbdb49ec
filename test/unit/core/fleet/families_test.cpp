#include "support/catch.hpp"
#include "support/fleet/study.hpp"

#include <algorithm>

using namespace e2b;
using namespace e2b::test::fleet;

// `./dev bench --fleet` judges a hundred platforms of each kind. Of a few, the middle must reach what 95 of a
// hundred must, and each must be safe.
namespace {

void check(Family const& family, std::uint64_t seeds) {
    CAPTURE(family.name);
    auto const result = study(family, seeds);
    CHECK(result.given_up == 0);
    CHECK(result.made_twice == 0);
    CHECK(result.unfinished == 0);
    CHECK(percentile(result.times, 0.5) <= family.must);
    CHECK(percentile(result.refused, 0.5) <= family.refused);
}

} // namespace

TEST_CASE("a fleet on an uneven platform is nearly as fast as can be, and hardly refused", "[fleet]") {
    for (auto const& family : main_families()) {
        check(family, 10);
        CAPTURE(family.name);
        auto const result = study(family, 20);
        CHECK(percentile(result.times, 0.95) <= 1.03 * family.must);
        CHECK(percentile(result.refused, 0.95) <= family.refused);
    }
}

TEST_CASE("so it is on platforms of many other kinds", "[fleet]") {
    for (auto const& family : more_families())
        check(family, 5);
}

TEST_CASE("a hundred thousand sandboxes take no more memory than ten thousand", "[fleet]") {
    auto const family = *std::ranges::find(main_families(), "one in 20 is refused at random", &Family::name);
    auto platform = family.make(1);
    auto const items = platform.items;
    while (platform.items.size() < 100'000)
        platform.items.insert(platform.items.end(), items.begin(), items.end());
    // A twentieth of them is on a node that refuses for long.
    for (std::size_t i = 0; i < platform.items.size(); i += 20)
        platform.items[i].node = 0;
    platform.nodes[0].is_special = true;
    auto const ideal = ideal_seconds(platform);
    auto const limits = default_limits();
    auto const result = Run(platform, limits).run();
    CHECK(result.created == platform.items.size());
    CHECK(result.given_up == 0);
    CHECK(result.most_held <= limits.held);
    CHECK(result.seconds <= 1.1 * ideal);
}

TEST_CASE("nobody ever has more in flight than the ceiling", "[fleet]") {
    auto const platform = main_families().front().make(1);
    auto limits = default_limits();
    limits.window.ceiling = 50;
    limits.held = 500;
    auto const result = Run(platform, limits).run();
    CHECK(result.created == platform.items.size());
    CHECK(result.most_in_flight == 50);
    CHECK(result.most_held <= 500);
    CHECK(result.refused == 0);
}
