#pragma once

#include "simulator/instant.hpp"

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace e2b::sim {

/// Names that were looked up in vain, and are believed for a while not to exist.
class NegativeCache {
public:
    /// A duration of 0 remembers nothing.
    explicit NegativeCache(std::chrono::nanoseconds duration) : duration_(duration) {}

    void remember(std::string const& name, Instant now) {
        if (duration_ <= Instant(0))
            return;
        forget_expired(now);
        until_[name] = now + duration_;
        expiry_.emplace_back(now + duration_, name);
    }

    void forget(std::string const& name) { until_.erase(name); }

    [[nodiscard]] bool contains(std::string const& name, Instant now) const {
        auto const found = until_.find(name);
        return found != until_.end() && found->second > now;
    }

private:
    void forget_expired(Instant now) {
        for (; !expiry_.empty() && expiry_.front().first <= now; expiry_.pop_front()) {
            auto const found = until_.find(expiry_.front().second);
            if (found != until_.end() && found->second <= now)
                until_.erase(found);
        }
    }

    std::chrono::nanoseconds duration_;
    std::unordered_map<std::string, Instant> until_;
    std::deque<std::pair<Instant, std::string>> expiry_;
};

} // namespace e2b::sim
