#include "core/fleet/bulk_entry.hpp"
#include "core/fleet/retry_queue.hpp"
#include "support/catch.hpp"

#include <array>
#include <set>

using namespace e2b::core;
using namespace std::chrono_literals;

namespace {

TimePoint const begin{};

} // namespace

TEST_CASE("an item is due when its wait is over", "[retry_queue]") {
    std::array<BulkEntry, 2> entries;
    RetryQueue queue;
    Rng rng(1);
    queue.add(entries[0], begin + 2s);
    queue.add(entries[1], begin + 1s);
    CHECK(queue.next_due() == begin + 1s);
    queue.advance(begin + 1s - 1ns);
    CHECK_FALSE(queue.has_due());
    queue.advance(begin + 1s);
    REQUIRE(queue.has_due());
    CHECK(&queue.take(rng) == &entries[1]);
    CHECK_FALSE(queue.has_due());
    CHECK(queue.size() == 1);
}

TEST_CASE("of the items that are due any one is next", "[retry_queue]") {
    std::array<BulkEntry, 100> entries;
    RetryQueue queue;
    Rng rng(1);
    for (auto& entry : entries)
        queue.add(entry, begin);
    queue.advance(begin);
    std::set<BulkEntry const*> taken;
    for (int i = 0; i < 10; ++i)
        taken.insert(&queue.take(rng));
    CHECK(taken.size() == 10);
    CHECK(*taken.rbegin() - entries.data() > 20);
}

TEST_CASE("the next item's wait can be cut short", "[retry_queue]") {
    std::array<BulkEntry, 2> entries;
    RetryQueue queue;
    Rng rng(1);
    queue.hasten();
    queue.add(entries[0], begin + 2h);
    queue.add(entries[1], begin + 1h);
    queue.hasten();
    REQUIRE(queue.has_due());
    CHECK(&queue.take(rng) == &entries[1]);
    // And where none is due, the next one can be had all the same.
    CHECK(&queue.take(rng) == &entries[0]);
    CHECK(queue.empty());
}
