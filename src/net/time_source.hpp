#pragma once

#include "core/time.hpp"

#include <chrono>
#include <functional>

namespace e2b::net {

// The clock and the one timer of a client, as a seam: tests turn the hands themselves.
class TimeSource {
public:
    virtual ~TimeSource() = default;

    [[nodiscard]] virtual core::TimePoint now() const noexcept = 0;
    [[nodiscard]] virtual std::chrono::sys_seconds wall_now() const noexcept = 0;

    // Who is called, on the client's strand, when the armed moment has come. Set once.
    virtual void on_due(std::function<void()> due) = 0;
    // Replaces the moment armed before.
    virtual void arm(core::TimePoint at) = 0;
    // No call of `due` begins after this.
    virtual void stop() noexcept = 0;
};

} // namespace e2b::net
