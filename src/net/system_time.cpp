#include "net/system_time.hpp"

#include <utility>

namespace e2b::net {

SystemTime::SystemTime(Strand strand, std::weak_ptr<void> alive)
    : timer_(std::move(strand)),
      alive_(std::move(alive)) {}

void SystemTime::arm(core::TimePoint at) {
    timer_.expires_at(at);
    timer_.async_wait([this, alive = alive_, number = ++armed_](boost::system::error_code const&) {
        auto const owner = alive.lock();
        if (owner && number == armed_)
            due_();
    });
}

void SystemTime::stop() noexcept {
    ++armed_;
    boost::system::error_code ignored;
    timer_.cancel(ignored);
}

} // namespace e2b::net
