#pragma once

#include "simulator/instant.hpp"

#include <atomic>
#include <chrono>

namespace e2b::sim {

/// Where the server's time comes from: the steady clock, or whoever moves it by hand. Safe on any thread.
class Clock {
public:
    explicit Clock(bool manual) : manual_(manual), start_(std::chrono::steady_clock::now()) {}

    [[nodiscard]] bool manual() const noexcept { return manual_; }
    [[nodiscard]] Instant now() const noexcept {
        return manual_ ? Instant(moved_.load()) : Instant(std::chrono::steady_clock::now() - start_);
    }
    void advance(std::chrono::nanoseconds duration) noexcept { moved_ += duration.count(); }

private:
    bool manual_;
    std::chrono::steady_clock::time_point start_;
    std::atomic<Instant::rep> moved_{0};
};

} // namespace e2b::sim
