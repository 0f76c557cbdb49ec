#include "core/fleet/queue_wait.hpp"
#include "support/catch.hpp"

using namespace e2b::core;

namespace {

TimePoint at(double seconds) {
    return TimePoint() + std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

} // namespace

TEST_CASE("waits of one length that end at different times are the platform's limit", "[queue_wait]") {
    QueueWait wait;
    CHECK_FALSE(wait.refused_after(15.01, at(20)));
    CHECK(wait.seconds() == 0);
    CHECK(wait.refused_after(15.03, at(22)));
    CHECK(wait.seconds() == 15.03);
    CHECK(wait.refused_after(15.0, at(22.1)));
    // One that ended sooner has another reason.
    CHECK_FALSE(wait.refused_after(9, at(23)));
    CHECK(wait.seconds() == 15.0);
}

TEST_CASE("what a node refuses all together when it begins to drain is no limit", "[queue_wait]") {
    QueueWait wait;
    for (double const waited : {0.7, 0.7, 0.7, 0.65, 0.6, 0.55})
        CHECK_FALSE(wait.refused_after(waited, at(5)));
    CHECK(wait.seconds() == 0);
}
