#pragma once

#include <algorithm>

namespace e2b::core {

// The token bucket that all calls of a client share: it lets single failures be retried and stops retrying
// where most calls fail. It starts full.
class RetryBudget {
public:
    // A capacity of 0 never lets a retry through, whatever it costs.
    RetryBudget(unsigned capacity, unsigned cost, unsigned refund) noexcept
        : capacity_(capacity),
          cost_(cost),
          refund_(refund),
          tokens_(capacity) {}

    // Pays for one retry; false, with nothing taken, if the tokens do not suffice.
    [[nodiscard]] bool try_take() noexcept {
        if (capacity_ == 0 || tokens_ < cost_)
            return false;
        tokens_ -= cost_;
        return true;
    }

    // A call succeeded.
    void refund_success() noexcept { tokens_ += std::min(refund_, capacity_ - tokens_); }

    [[nodiscard]] unsigned tokens() const noexcept { return tokens_; }

private:
    unsigned capacity_;
    unsigned cost_;
    unsigned refund_;
    unsigned tokens_;
};

} // namespace e2b::core
