#include "core/fleet/retry_queue.hpp"

#include <utility>

namespace e2b::core {

BulkEntry& take_random(std::vector<BulkEntry*>& entries, Rng& rng) noexcept {
    std::swap(entries[rng() % entries.size()], entries.back());
    auto& taken = *entries.back();
    entries.pop_back();
    return taken;
}

void RetryQueue::advance(TimePoint now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now)
        hasten();
}

void RetryQueue::hasten() {
    if (waiting_.empty())
        return;
    due_.push_back(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
}

std::optional<TimePoint> RetryQueue::next_due() const noexcept {
    if (waiting_.empty())
        return std::nullopt;
    return waiting_.begin()->first;
}

BulkEntry& RetryQueue::take(Rng& rng) {
    if (due_.empty())
        hasten();
    return take_random(due_, rng);
}

} // namespace e2b::core
