#pragma once

#include "core/backoff.hpp"
#include "core/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace e2b::core {

struct BulkEntry;

// Takes a random element out of a vector that is not empty.
BulkEntry& take_random(std::vector<BulkEntry*>& entries, Rng& rng) noexcept;

// The items that were tried, and wait for their next try.
//
// Of those whose wait is over any one is taken, and not the one that waited longest: items that were refused
// together are often of one node, and one after another they would keep that node busy while others are idle.
class RetryQueue {
public:
    void add(BulkEntry& entry, TimePoint due) { waiting_.emplace(due, &entry); }
    // Lets the time go on.
    void advance(TimePoint now);
    // The wait of the one that is due next is over now.
    void hasten();

    [[nodiscard]] bool has_due() const noexcept { return !due_.empty(); }
    // When the next one will be due, if any waits.
    [[nodiscard]] std::optional<TimePoint> next_due() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return due_.size() + waiting_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    // A random one of those that are due; the next one, if none is. Precondition: not empty.
    [[nodiscard]] BulkEntry& take(Rng& rng);

private:
    std::multimap<TimePoint, BulkEntry*> waiting_;
    std::vector<BulkEntry*> due_;
};

} // namespace e2b::core
