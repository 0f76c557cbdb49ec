#pragma once

#include "core/deadline_queue.hpp"
#include "net/time_source.hpp"

#include <cstddef>
#include <memory>

namespace e2b::net {

// Something that wants to be woken: notified once, on the strand, at or after the moment it was set to.
class Timer : public core::Deadline {
public:
    virtual void on_due() = 0;

protected:
    ~Timer() = default;
};

// All timers of a client over one timer of the system. Setting a timer that is later than the armed moment
// costs no system call, and neither does clearing one: the system's timer then fires early and is armed anew.
class Timers {
public:
    explicit Timers(std::unique_ptr<TimeSource> source);
    Timers(Timers const&) = delete;
    Timers& operator=(Timers const&) = delete;

    [[nodiscard]] core::TimePoint now() const noexcept { return source_->now(); }
    [[nodiscard]] std::chrono::sys_seconds wall_now() const noexcept { return source_->wall_now(); }

    // Makes room for so many timers, so that setting them needs no memory.
    void reserve(std::size_t count);
    void set(Timer& timer, core::TimePoint at);
    void clear(Timer& timer) noexcept { queue_.clear(timer); }
    // No timer is notified any more.
    void stop() noexcept;

private:
    void due();
    void arm() noexcept;

    std::unique_ptr<TimeSource> source_;
    core::DeadlineQueue queue_;
    core::TimePoint armed_ = core::TimePoint::max();
    bool stopped_ = false;
};

} // namespace e2b::net
