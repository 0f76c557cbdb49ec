#include "net/timers.hpp"

#include <utility>

namespace e2b::net {

Timers::Timers(std::unique_ptr<TimeSource> source) : source_(std::move(source)) {
    source_->on_due([this] { due(); });
}

void Timers::set(Timer& timer, core::TimePoint at) {
    if (stopped_)
        return;
    queue_.set(timer, at);
    if (at < armed_)
        arm();
}

void Timers::stop() noexcept {
    stopped_ = true;
    source_->stop();
}

void Timers::due() {
    armed_ = core::TimePoint::max();
    auto const now = source_->now();
    while (auto* deadline = stopped_ ? nullptr : queue_.pop_due(now))
        static_cast<Timer*>(deadline)->on_due();
    if (!stopped_)
        arm();
}

void Timers::arm() {
    if (auto const earliest = queue_.earliest(); earliest && *earliest < armed_) {
        armed_ = *earliest;
        source_->arm(armed_);
    }
}

} // namespace e2b::net
