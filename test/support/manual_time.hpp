#pragma once

#include "net/time_source.hpp"

#include <atomic>
#include <cassert>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace e2b::test {

/// A clock whose hands the test turns. Must outlive the time source that is made from it.
class ManualClock {
public:
    ManualClock() = default;
    ManualClock(ManualClock const&) = delete;
    ManualClock& operator=(ManualClock const&) = delete;
    ~ManualClock() { assert(source_ == nullptr); }

    /// Any thread.
    [[nodiscard]] core::TimePoint now() const noexcept { return core::TimePoint(core::Duration(now_)); }

    /// Once.
    [[nodiscard]] std::unique_ptr<net::TimeSource> make_source() {
        assert(source_ == nullptr);
        auto source = std::make_unique<Source>(*this);
        source_ = source.get();
        return source;
    }

    /// When somebody wants to be woken next.
    [[nodiscard]] std::optional<core::TimePoint> armed() const {
        return source_ != nullptr ? source_->armed : std::nullopt;
    }

    /// Turns the hands, never back, and wakes whoever is due. On the strand of the source's owner.
    void turn_to(core::TimePoint at) {
        if (at > now())
            now_ = at.time_since_epoch().count();
        if (auto const due = armed(); due && *due <= now()) {
            source_->armed.reset();
            source_->due();
        }
    }

private:
    struct Source final : net::TimeSource {
        explicit Source(ManualClock& owner) : clock(owner) {}
        ~Source() override { clock.source_ = nullptr; }

        core::TimePoint now() const noexcept override { return clock.now(); }
        std::chrono::sys_seconds wall_now() const noexcept override {
            return std::chrono::sys_days(std::chrono::year(2026) / 6 / 1) +
                   std::chrono::floor<std::chrono::seconds>(clock.now().time_since_epoch());
        }
        void on_due(std::function<void()> wake) override { due = std::move(wake); }
        void arm(core::TimePoint at) override { armed = at; }
        void stop() noexcept override { armed.reset(); }

        ManualClock& clock;
        std::function<void()> due;
        std::optional<core::TimePoint> armed;
    };

    std::atomic<core::Duration::rep> now_{core::Duration(std::chrono::hours(1)).count()};
    Source* source_ = nullptr;
};

} // namespace e2b::test
