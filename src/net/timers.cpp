#include "net/timers.hpp"

#include <new>
#include <optional>
#include <utility>

namespace e2b::net {

Timers::Timers(std::unique_ptr<TimeSource> source) : source_(std::move(source)) {
    source_->on_due([this] { due(); });
}

void Timers::reserve(std::size_t count) {
    queue_.reserve(count);
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
    try {
        while (auto* deadline = stopped_ ? nullptr : queue_.pop_due(now))
            static_cast<Timer*>(deadline)->on_due();
    } catch (...) {
        arm();
        throw;
    }
    arm();
}

// Where the source finds no memory, it is asked again with the next timer that is set.
void Timers::arm() noexcept {
    auto const earliest = stopped_ ? std::nullopt : queue_.earliest();
    if (!earliest || *earliest >= armed_)
        return;
    try {
        source_->arm(*earliest);
        armed_ = *earliest;
    } catch (std::bad_alloc const&) {
    }
}

} // namespace e2b::net
