#pragma once

#include "net/strand.hpp"
#include "net/time_source.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace e2b::net {

// The system's clocks, and a timer on the strand.
class SystemTime final : public TimeSource {
public:
    // Whoever `alive` points to is kept alive by nobody here: once it is gone, nothing is called.
    SystemTime(Strand strand, std::weak_ptr<void> alive);

    core::TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
    std::chrono::sys_seconds wall_now() const noexcept override {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    }
    void on_due(std::function<void()> due) override { due_ = std::move(due); }
    void arm(core::TimePoint at) override;
    void stop() noexcept override;

private:
    using SteadyTimer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>, Strand>;

    SteadyTimer timer_;
    std::weak_ptr<void> alive_;
    std::function<void()> due_;
    std::uint64_t armed_ =
        0; // a handler already queued when the timer is armed anew is known by an old number
};

} // namespace e2b::net
