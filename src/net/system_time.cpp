#include "net/system_time.hpp"

#include "base/insist.hpp"

#include <utility>

namespace e2b::net {

SystemTime::SystemTime(Strand strand) : strand_(std::move(strand)), timer_(strand_.executor()) {}

void SystemTime::arm(core::TimePoint at) {
    if (!timer_)
        return;
    armed_ = at;
    if (waiting_)
        timer_->expires_at(at); // which cancels the wait
    else
        wait();
}

void SystemTime::wait() {
    timer_->expires_at(armed_);
    base::insist([this] {
        timer_->async_wait([this, strand = strand_](boost::system::error_code const&) {
            base::insist([&] { strand.run([this] { woke(); }); });
        });
    });
    waiting_ = true;
}

void SystemTime::woke() {
    waiting_ = false;
    if (!timer_ || armed_ == never)
        return;
    if (now() < armed_)
        return wait();
    armed_ = never;
    due_();
}

void SystemTime::stop() noexcept {
    armed_ = never;
    timer_.reset();
}

} // namespace e2b::net
