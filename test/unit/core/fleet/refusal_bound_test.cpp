#include "core/fleet/refusal_bound.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace e2b::core;
using namespace std::chrono_literals;

namespace {

// Calls that begin one after another, of which the platform refuses a share that depends on the bound.
template <class Share>
double bound_after(RefusalBound& bound, int calls, Share share) {
    std::mt19937 engine(1);
    std::uniform_real_distribution<double> uniform(0, 1);
    TimePoint now{};
    for (int i = 0; i < calls; ++i) {
        now += 1ms;
        auto const in_flight = static_cast<std::size_t>(std::min(bound.get(), 500.0));
        bound.started(in_flight, now);
        if (uniform(engine) < share(static_cast<double>(in_flight)))
            bound.refused(now, in_flight, now);
    }
    return bound.get();
}

// Fifty fit.
double by_load(double in_flight) {
    return std::max(0.0, (in_flight - 50) / in_flight);
}

} // namespace

TEST_CASE("one refusal in twenty bounds nothing", "[refusal_bound]") {
    RefusalBound bound(1000);
    CHECK(bound_after(bound, 10'000, [](double) { return 0.05; }) == 1000);
}

TEST_CASE("refusals that come with the load bound it until one in ten is left", "[refusal_bound]") {
    RefusalBound bound(1000);
    auto const found = bound_after(bound, 20'000, by_load);
    CHECK(found > 40);
    CHECK(found < 75);
}

TEST_CASE("refusals that have nothing to do with the load do not bound it for long", "[refusal_bound]") {
    RefusalBound bound(1000);
    int bounded = 0;
    for (int i = 0; i < 100; ++i)
        bounded += bound_after(bound, 500, [](double) { return 0.2; }) < 200 ? 1 : 0;
    CHECK(bounded < 20);
}

TEST_CASE("a bound goes when the refusals do", "[refusal_bound]") {
    RefusalBound bound(1000);
    REQUIRE(bound_after(bound, 20'000, by_load) < 200);
    CHECK(bound_after(bound, 5'000, [](double) { return 0.0; }) == 1000);
}
