#pragma once

#include "core/backoff.hpp"
#include "core/budget.hpp"
#include "core/limiter.hpp"
#include "core/start_rate.hpp"
#include "core/time.hpp"

#include <e2b/error.hpp>
#include <e2b/retry_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace e2b::core {

// One item of a run, from when it was taken from the source until it was delivered.
struct BulkEntry {
    Limiter::Start start; // of the running try
    TimePoint began{};    // of the first try
    unsigned tries = 0;
};

struct BulkLimits {
    LimiterLimits window;
    double starts_per_second = 600;
    RetryPolicy retry;
    Duration timeout{};                    // of an item, from its first try
    std::uint64_t stop_after_failures = 0; // 0: never
    bool stop_on_hopeless = true;
};

// What a try came to.
struct TryEnd {
    Outcome outcome = Outcome::unknown;
    Errc error{}; // none if created
    std::optional<std::chrono::seconds> retry_after;
};

// Decides what a bulk run does next: which item is started or tried again and when, how many at a time, and
// when it is over. Told what happens; `next` is asked until it has nothing more to say.
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

    // Answers to `take`.
    void took(BulkEntry& entry) noexcept;
    void source_ended() noexcept {
        taking_ = false;
        source_ended_ = true;
    }

    // A try ended. True if the entry will be tried again; otherwise it has left the plan and is delivered.
    [[nodiscard]] bool ended(BulkEntry& entry, TryEnd const& end, TimePoint now);

    // Starts nothing more, and asks the source no more.
    void stop() noexcept { stopping_ = true; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    // The failure that stopped it, where it was one.
    [[nodiscard]] Errc stopped_by() const noexcept { return stopped_by_; }

    [[nodiscard]] std::size_t in_flight() const noexcept { return limiter_.in_flight(); }
    // Items that wait for their next try.
    [[nodiscard]] std::size_t waiting() const noexcept { return retries_.size(); }
    [[nodiscard]] std::size_t window() const noexcept { return limiter_.window(); }
    // Successes a second, of late.
    [[nodiscard]] double rate() const noexcept { return limiter_.rate(); }
    [[nodiscard]] double starts_per_second() const noexcept { return start_rate_.rate(); }

private:
    [[nodiscard]] Action when_stopping() noexcept;
    [[nodiscard]] Action start(BulkEntry& entry, TimePoint now) noexcept;
    void count_end(BulkEntry const& entry, TryEnd const& end, TimePoint now) noexcept;
    [[nodiscard]] bool may_repeat(TryEnd const& end) const noexcept;
    void count_failure(Errc error) noexcept;

    BulkLimits limits_;
    Limiter limiter_;
    StartRate start_rate_;
    RetryBudget budget_;
    Rng rng_;
    BulkEntry* ready_ = nullptr; // taken, and not started yet
    std::multimap<TimePoint, BulkEntry*> retries_;
    bool taking_ = false;
    bool source_ended_ = false;
    bool stopping_ = false;
    Errc stopped_by_{};
    std::uint64_t failures_ = 0;
};

// Whether every other item will meet this failure too: key, team or the server's certificate is not accepted,
// or there is no such endpoint.
[[nodiscard]] bool is_hopeless(Errc error) noexcept;

} // namespace e2b::core
