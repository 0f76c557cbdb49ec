#include "core/bulk_plan.hpp"

#include <algorithm>
#include <utility>

namespace e2b::core {

namespace {

// A run retries more than a single service call may, since its window keeps it from hammering: five times a
// client's own budget.
constexpr unsigned budget_factor = 5;

} // namespace

bool is_hopeless(Errc error) noexcept {
    switch (error) {
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::tls_verify:
    case Errc::tls_client_auth:
    case Errc::proxy_auth:
    case Errc::client_closed:
    case Errc::no_such_endpoint:
        return true;
    default:
        return false;
    }
}

BulkPlan::BulkPlan(BulkLimits limits, TimePoint now, std::uint64_t seed)
    : limits_(limits),
      limiter_(limits.window, now),
      start_rate_(limits.starts_per_second, now),
      budget_(limits.retry.budget_capacity * budget_factor, limits.retry.retry_cost,
              limits.retry.success_refund),
      rng_(seed) {}

BulkPlan::Action BulkPlan::next(TimePoint now) {
    using Kind = Action::Kind;
    if (stopping_)
        return when_stopping();
    bool const has_retry = !retries_.empty() && retries_.begin()->first <= now;
    bool const has_work = ready_ != nullptr || has_retry;
    bool const wants_more =
        !has_work && !taking_ && !source_ended_ && in_flight() + waiting() < limits_.window.ceiling;
    auto const retry_at = retries_.empty() ? std::nullopt : std::optional<TimePoint>(retries_.begin()->first);

    if (!limiter_.may_start())
        return {Kind::wait};
    if (has_work || wants_more) {
        if (auto const at = start_rate_.next_at(); at > now)
            return {Kind::wait, nullptr, at};
    }
    if (has_retry)
        return start(*retries_.extract(retries_.begin()).mapped(), now);
    if (ready_ != nullptr)
        return start(*std::exchange(ready_, nullptr), now);
    if (wants_more) {
        taking_ = true;
        return {Kind::take};
    }
    if (source_ended_ && in_flight() == 0 && retries_.empty())
        return {Kind::finish};
    return {Kind::wait, nullptr, retry_at};
}

BulkPlan::Action BulkPlan::when_stopping() noexcept {
    using Kind = Action::Kind;
    if (ready_ != nullptr)
        return {Kind::drop, std::exchange(ready_, nullptr)};
    if (!retries_.empty())
        return {Kind::drop, retries_.extract(retries_.begin()).mapped()};
    return {in_flight() == 0 && !taking_ ? Kind::finish : Kind::wait};
}

BulkPlan::Action BulkPlan::start(BulkEntry& entry, TimePoint now) noexcept {
    start_rate_.started(now);
    entry.start = limiter_.started(now);
    if (entry.tries++ == 0)
        entry.began = now;
    return {Action::Kind::start, &entry};
}

void BulkPlan::took(BulkEntry& entry) noexcept {
    taking_ = false;
    ready_ = &entry;
}

bool BulkPlan::ended(BulkEntry& entry, TryEnd const& end, TimePoint now) {
    count_end(entry, end, now);
    if (end.outcome == Outcome::created)
        return false;
    if (!stopping_ && may_repeat(end) && entry.tries < limits_.retry.max_attempts) {
        auto const& policy = limits_.retry;
        Duration wait = full_jitter(policy.base_backoff, policy.max_backoff, entry.tries - 1, rng_);
        if (end.retry_after)
            wait = *end.retry_after + std::min<Duration>(wait, policy.base_backoff);
        if (wait < entry.began + limits_.timeout - now && budget_.try_take()) {
            retries_.emplace(now + wait, &entry);
            return true;
        }
    }
    count_failure(end.error);
    return false;
}

void BulkPlan::count_end(BulkEntry const& entry, TryEnd const& end, TimePoint now) noexcept {
    auto const began = entry.start.at;
    if (end.outcome == Outcome::created) {
        limiter_.succeeded(entry.start, now);
        start_rate_.succeeded();
        budget_.refund_success();
    } else if (end.error == Errc::busy) {
        limiter_.refused(entry.start, now);
        start_rate_.refused(began, now);
    } else {
        limiter_.ended(now);
        if (end.error == Errc::rate_limited)
            start_rate_.limited(began, end.retry_after, now);
    }
}

bool BulkPlan::may_repeat(TryEnd const& end) const noexcept {
    switch (end.error) {
    case Errc::cancelled:
    case Errc::deadline:
    case Errc::client_closed:
        return false;
    case Errc::conflict:
        return limits_.retry.retry_conflict;
    default:
        break;
    }
    if (end.outcome == Outcome::unknown)
        return limits_.retry.retry_unknown;
    return make_error_code(end.error) == Condition::retryable_later;
}

void BulkPlan::count_failure(Errc error) noexcept {
    ++failures_;
    bool const too_many = limits_.stop_after_failures != 0 && failures_ >= limits_.stop_after_failures;
    if (stopping_ || !(too_many || (limits_.stop_on_hopeless && is_hopeless(error))))
        return;
    stopping_ = true;
    stopped_by_ = error;
}

} // namespace e2b::core
