#pragma once

#include "core/call.hpp"
#include "core/time.hpp"

#include <e2b/error.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <mutex>
#include <new>
#include <optional>
#include <string>

namespace e2b::engine {

// That no connection can be opened, and since when and why. Set on the engine's strand, read from any
// thread.
class Reachability {
public:
    struct Unreachable {
        core::TimePoint since{};
        Errc error{}; // of the last dial
        boost::system::error_code cause;
        std::string detail;
        std::optional<core::TimePoint> next_dial;
    };

    void dial_succeeded() noexcept {
        if (!is_away_)
            return;
        is_away_ = false;
        std::lock_guard const lock(mutex_);
        unreachable_.reset();
    }
    void dial_failed(core::NoConnection const& reason, core::TimePoint now,
                     std::optional<core::TimePoint> next_dial) noexcept {
        std::lock_guard const lock(mutex_);
        auto const since = unreachable_ ? unreachable_->since : now;
        unreachable_ = Unreachable{since, reason.error, reason.cause, {}, next_dial};
        try {
            unreachable_->detail = reason.detail;
        } catch (std::bad_alloc const&) { // the error says enough
        }
        is_away_ = true;
    }

    [[nodiscard]] std::optional<Unreachable> get() const {
        if (!is_away_)
            return std::nullopt;
        std::lock_guard const lock(mutex_);
        return unreachable_;
    }

private:
    std::atomic<bool> is_away_ = false;
    mutable std::mutex mutex_;
    std::optional<Unreachable> unreachable_; // guarded by the mutex
};

} // namespace e2b::engine
