#pragma once

#include "core/backoff.hpp"
#include "core/budget.hpp"
#include "core/fleet/bulk_entry.hpp"
#include "core/fleet/circuit_breaker.hpp"
#include "core/fleet/recent_rate.hpp"
#include "core/fleet/retry_queue.hpp"
#include "core/fleet/start_rate.hpp"
#include "core/fleet/window.hpp"
#include "core/time.hpp"

#include <e2b/error.hpp>
#include <e2b/retry_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace e2b::core {

struct BulkLimits {
    WindowLimits window;
    // How many items may be taken before they can be started, so that they are started in a random order:
    // sandboxes that follow one another in a list are often on one node. 0: none.
    std::size_t read_ahead = 0;
    // How many items may be held in all.
    std::size_t held = 10'000;
    double starts_per_second = 600;
    RetryPolicy retry;
    Duration timeout = std::chrono::minutes(5);        // of an item's tries, without those that were refused
    Duration busy_timeout = std::chrono::minutes(30);  // how long an item may be refused in a row
    Duration outage_timeout = std::chrono::minutes(5); // how long nothing may get through; 0: for ever
    std::uint64_t stop_after_failures = 0;             // 0: never
    bool stop_on_fatal = true;
};

// Nothing gets through.
struct BulkOutage {
    TimePoint since{};
    Errc error{};                      // of the last call or dial
    std::optional<TimePoint> next_try; // when the next call asks, if none does at present
};

// Decides what a bulk run does next: which item is started or tried again and when, how many at a time, and
// when it is over. Told what happens; `next` is asked until it has nothing more to say.
//
// - A refused item (503, 429) waits its own backoff, and its place goes to another. It may be refused for
//   `busy_timeout` in a row, and that uses up neither its attempts nor its time.
// - How many are in flight is the Window's to say, how fast they start the StartRate's.
// - Where nothing gets through at all, whatever the failures, one call at a time asks, more and more seldom
//   (CircuitBreaker), and after `outage_timeout` the run stops.
class BulkPlan {
public:
    struct Action {
        enum class Kind : unsigned char {
            take,   // ask the source; then say `took` or `source_ended`
            start,  // try the entry; then say `ended`
            drop,   // deliver the entry as it is; it has left the plan
            wait,   // ask again after the next event, or at `until`
            finish, // everything was delivered and no more will come
        };
        Kind kind = Kind::wait;
        BulkEntry* entry = nullptr;
        std::optional<TimePoint> until{};
    };

    BulkPlan(BulkLimits limits, TimePoint now, std::uint64_t seed);

    [[nodiscard]] Action next(TimePoint now);

    // How many items may be taken before they can be started, as BulkLimits::read_ahead.
    void read_ahead(std::size_t count) noexcept { limits_.read_ahead = count; }

    // Answers to `take`.
    void took(BulkEntry& entry);
    void source_ended() noexcept {
        taking_ = false;
        source_ended_ = true;
    }

    // A try ended. True if the entry will be tried again; otherwise it has left the plan and is delivered.
    [[nodiscard]] bool ended(BulkEntry& entry, TryEnd const& end, TimePoint now);

    // No connection can be had since a moment, for this reason; nothing: one could be had again.
    void unreachable(std::optional<BulkOutage> why) noexcept { unreachable_ = why; }

    // Starts nothing more, and asks the source no more.
    void stop() noexcept { stopping_ = true; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    // The failure that stopped it, where it was one.
    [[nodiscard]] Errc stopped_by() const noexcept { return stopped_by_; }
    // The outage that stopped it, where it was one.
    [[nodiscard]] std::optional<BulkOutage> const& stopping_outage() const noexcept {
        return stopping_outage_;
    }

    // How long the entry's next try may take.
    [[nodiscard]] Duration time_left(BulkEntry const& entry) const noexcept;

    [[nodiscard]] std::size_t in_flight() const noexcept { return window_.in_flight(); }
    // Of these, items that were refused before.
    [[nodiscard]] std::size_t again_in_flight() const noexcept { return window_.again_in_flight(); }
    // Items that were taken and not tried yet.
    [[nodiscard]] std::size_t ready() const noexcept { return ready_.size(); }
    // Items that wait for their next try.
    [[nodiscard]] std::size_t waiting() const noexcept { return retries_.size(); }
    // How many may be in flight.
    [[nodiscard]] std::size_t window() const noexcept { return breaker_.is_open() ? 1 : window_.size(); }
    [[nodiscard]] double starts_per_second() const noexcept { return start_rate_.rate(); }
    // Successes a second, of late.
    [[nodiscard]] double rate(TimePoint now) const noexcept { return rate_.a_second(now); }
    // How long it takes, in seconds, until `untried` more items and those that wait are through, at the
    // present rates; nothing where that cannot be said.
    [[nodiscard]] std::optional<double> seconds_left(double untried, TimePoint now) const noexcept;
    // Nothing gets through at present.
    [[nodiscard]] std::optional<BulkOutage> outage(TimePoint now) const noexcept;

private:
    enum class Choice : unsigned char { none, first, again };
    enum class Sign : unsigned char { created, through, refused, failed, none };

    [[nodiscard]] Choice choose(TimePoint now) const noexcept;
    [[nodiscard]] bool may_try_again(TimePoint now) const noexcept;
    [[nodiscard]] bool may_take() const noexcept;
    [[nodiscard]] bool has_untried() const noexcept { return !ready_.empty() || may_take(); }
    [[nodiscard]] bool is_done() const noexcept;
    [[nodiscard]] Action take() noexcept;
    [[nodiscard]] Action start(BulkEntry& entry, bool again, TimePoint now);
    [[nodiscard]] Action wait(TimePoint now) const noexcept;
    [[nodiscard]] Action when_stopping();

    [[nodiscard]] static Sign sign_of(TryEnd const& end) noexcept;
    void count_end(BulkEntry const& entry, TryEnd const& end, TimePoint now);
    void got_through(BulkEntry const& entry, TimePoint now);
    void failed(BulkEntry const& entry, TryEnd const& end, TimePoint now);
    // How long the entry waits for its next try; nothing where there is none.
    [[nodiscard]] std::optional<Duration> wait_after_refusal(BulkEntry& entry, TryEnd const& end,
                                                             TimePoint now);
    [[nodiscard]] std::optional<Duration> wait_after_failure(BulkEntry& entry, TryEnd const& end,
                                                             TimePoint now);
    [[nodiscard]] bool may_repeat(TryEnd const& end) const noexcept;
    void count_failure(TryEnd const& end) noexcept;
    void stop_after_outage(TimePoint now) noexcept;

    BulkLimits limits_;
    Window window_;
    StartRate start_rate_;
    CircuitBreaker breaker_;       // of all calls
    CircuitBreaker again_breaker_; // of items that were refused before
    RecentRate rate_;
    RetryBudget budget_;
    Rng rng_;

    std::vector<BulkEntry*> ready_; // taken, and not started yet
    RetryQueue retries_;
    bool taking_ = false;
    bool source_ended_ = false;

    std::optional<BulkOutage> unreachable_;
    Errc last_failure_{};  // of those that say that nothing gets through
    TimePoint through_at_; // when something got through last
    bool stopping_ = false;
    Errc stopped_by_{};
    std::optional<BulkOutage> stopping_outage_;
    std::uint64_t failures_ = 0;
};

} // namespace e2b::core
