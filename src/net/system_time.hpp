#pragma once

#include "net/strand.hpp"
#include "net/time_source.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace e2b::net {

// The system's clocks, and a timer whose end comes on the strand. Belongs to the strand's owner.
class SystemTime final : public TimeSource {
public:
    explicit SystemTime(Strand strand);

    core::TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
    std::chrono::sys_seconds wall_now() const noexcept override {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    }
    void on_due(std::function<void()> due) override { due_ = std::move(due); }
    void arm(core::TimePoint at) override;
    void stop() noexcept override;

private:
    void wait();
    void woke();

    static constexpr auto never = core::TimePoint::max();

    using SteadyTimer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                                          boost::asio::any_io_executor>;

    Strand strand_;
    std::optional<SteadyTimer> timer_; // gone after `stop`, as it must not outlive the context
    std::function<void()> due_;
    core::TimePoint armed_ = never;
    bool waiting_ = false; // one wait at a time: a shorter one begins when the one before has been cancelled
};

} // namespace e2b::net
