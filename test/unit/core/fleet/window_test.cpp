#include "core/fleet/window.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <queue>
#include <utility>
#include <vector>

using namespace e2b::core;

namespace {

TimePoint at(double seconds) {
    return TimePoint() + std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

// A platform of so many slots and one queue, on which a snapshot takes a second.
struct Platform {
    std::size_t slots;
    double seconds = 1;
    double queue_timeout = 1e9;
    std::vector<double> free_at = std::vector<double>(slots, 0.0);
    double now = 0;

    struct Running {
        double until;
        Window::Start start;
        bool refused;
        bool operator>(Running const& other) const { return until > other.until; }
    };
    std::priority_queue<Running, std::vector<Running>, std::greater<>> running{};

    // Keeps the window full until `end`.
    void run(Window& window, double end) {
        for (;;) {
            while (window.may_start()) {
                auto const slot = std::min_element(free_at.begin(), free_at.end());
                auto const begins = std::max(now, *slot);
                bool const refused = begins - now > queue_timeout;
                if (!refused)
                    *slot = begins + seconds;
                running.push({refused ? now + queue_timeout : begins + seconds,
                              window.started(false, at(now)), refused});
            }
            if (running.top().until > end)
                return;
            auto const next = running.top();
            running.pop();
            now = next.until;
            if (next.refused)
                window.refused(next.start, at(now));
            else
                window.succeeded(next.start, at(now));
        }
    }
};

} // namespace

TEST_CASE("the window grows while the rate grows with it, to four times what the platform holds",
          "[window]") {
    Window window(WindowLimits(), at(0));
    CHECK(window.size() == 16);
    Platform platform{100};
    platform.run(window, 1.5);
    CHECK(window.size() >= 40);
    platform.run(window, 20);
    CHECK(window.size() > 300);
    CHECK(window.size() < 600);
    CHECK(window.rate() > 90);
    CHECK(window.rate() < 110);
}

TEST_CASE("the window never exceeds its ceiling", "[window]") {
    WindowLimits limits;
    limits.ceiling = 50;
    Window window(limits, at(0));
    Platform platform{1000};
    platform.run(window, 60);
    CHECK(window.size() == 50);
}

TEST_CASE("the window follows a platform that gets slower, and one that gets faster", "[window]") {
    Window window(WindowLimits(), at(0));
    Platform platform{100};
    platform.run(window, 20);
    auto const before = window.size();
    platform.free_at.resize(30); // the rest is taken by others
    platform.run(window, 80);
    CHECK(window.size() < before / 2);
    platform.free_at.resize(100, platform.now);
    platform.run(window, 120);
    CHECK(window.size() > 300);
}

TEST_CASE("the window does not grow for a source that is slower than the platform", "[window]") {
    Window window(WindowLimits(), at(0));
    double now = 0;
    for (int i = 0; i < 1000; ++i) {
        auto const start = window.started(false, at(now));
        now += 1;
        window.succeeded(start, at(now));
    }
    CHECK(window.size() == 16);
}

TEST_CASE("where calls wait in vain it shrinks to what gets through in that time", "[window]") {
    Window window(WindowLimits(), at(0));
    Platform platform{10, 1, 1.5}; // of which 25 fit
    platform.run(window, 60);
    CHECK(window.size() < 25);
    CHECK(window.size() >= 10);
    CHECK(window.rate() > 8);
}

TEST_CASE("refusals at once, one in twenty, leave it alone", "[window]") {
    Window window(WindowLimits(), at(0));
    Platform platform{100};
    platform.run(window, 20);
    auto const before = window.size();
    for (int i = 0; i < 1000; ++i) {
        platform.run(window, platform.now + 0.2);
        if (!window.may_start())
            continue;
        window.refused(window.started(false, at(platform.now)), at(platform.now + 0.01));
    }
    CHECK(window.size() > before * 3 / 4);
}

TEST_CASE("of those refused before, only a few go at a time until they get through", "[window]") {
    Window window(WindowLimits(), at(0));
    Platform platform{100};
    platform.run(window, 20);
    auto const few = window.again_size();
    CHECK(few >= 4);
    CHECK(few < 30);
    std::vector<Window::Start> starts;
    auto const start = [&] { starts.push_back(window.started(true, at(platform.now))); };
    while (window.again_in_flight() < window.again_size())
        start();
    CHECK_FALSE(window.may_start_again());
    // They get through: more may go.
    for (int round = 0; round < 40; ++round) {
        platform.now += 0.25;
        for (auto const& each : std::exchange(starts, {}))
            window.succeeded(each, at(platform.now));
        while (window.again_in_flight() < window.again_size() && starts.size() < 200)
            start();
    }
    CHECK(window.again_size() > few);
    for (auto const& each : starts)
        window.ended(each, at(platform.now));
}

TEST_CASE("after an outage the window begins anew", "[window]") {
    Window window(WindowLimits(), at(0));
    Platform platform{100};
    platform.run(window, 20);
    REQUIRE(window.size() > 300);
    window.restart(at(20));
    CHECK(window.size() == 16);
}

TEST_CASE("where nothing succeeds one call at a time still goes", "[window]") {
    Window window(WindowLimits(), at(0));
    double now = 0;
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(window.may_start());
        auto const start = window.started(false, at(now));
        now += 0.001;
        window.refused(start, at(now));
    }
    CHECK(window.size() >= 1);
    CHECK(window.in_flight() == 0);
}
