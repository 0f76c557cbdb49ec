#include "core/fleet/bulk_plan.hpp"

#include "core/fleet/arithmetic.hpp"

#include <algorithm>

namespace e2b::core {

namespace {

using std::chrono::seconds;

// A run retries more than a single service call may, since its window keeps it from hammering: five times a
// client's own budget.
constexpr unsigned budget_factor = 5;

// So many failures in a row say that nothing gets through: at least these, and half a window's worth.
constexpr std::size_t least_failures = 16;
constexpr std::size_t least_refusals_again = 8;
constexpr seconds still_through(1);

// A server that asks for more is not believed.
constexpr seconds longest_hint(365 * 24 * 3600);
constexpr seconds longest_hold(60);

Duration hint_of(TryEnd const& end, Duration most) noexcept {
    return std::clamp(end.retry_after.value_or(Duration(0)), Duration(0), most);
}

// Half of the backoff and a random part of the other half: full jitter would ask a busy node again at once.
Duration equal_jitter(RetryPolicy const& policy, unsigned n, Rng& rng) {
    auto const half = backoff_ceiling(policy.base_backoff, policy.max_backoff, n) / 2;
    return half + full_jitter(half, half, 0, rng);
}

} // namespace

BulkPlan::BulkPlan(BulkLimits limits, TimePoint now, std::uint64_t seed)
    : limits_(limits),
      window_(limits.window, now),
      start_rate_(limits.starts_per_second, now),
      rate_(now),
      budget_(limits.retry.budget_capacity * budget_factor, limits.retry.retry_cost,
              limits.retry.success_refund),
      rng_(seed),
      through_at_(now) {}

// ---- What is next

BulkPlan::Action BulkPlan::next(TimePoint now) {
    using Kind = Action::Kind;
    stop_after_outage(now);
    if (stopping_)
        return when_stopping();
    if (ready_.size() < limits_.read_ahead && may_take())
        return take();
    retries_.advance(now);
    auto const choice = choose(now);
    if (choice == Choice::none)
        return is_done() ? Action{Kind::finish} : wait(now);
    if (!start_rate_.permits(now))
        return {Kind::wait, nullptr, start_rate_.next_at()};
    if (choice == Choice::again)
        return start(retries_.take(rng_), true, now);
    if (ready_.empty())
        return take();
    return start(take_random(ready_, rng_), false, now);
}

BulkPlan::Choice BulkPlan::choose(TimePoint now) const noexcept {
    if (breaker_.is_open()) {
        if (in_flight() > 0 || now < breaker_.next_at())
            return Choice::none;
        // One that was not tried yet may be on a node that takes it.
        if (has_untried())
            return Choice::first;
        return retries_.empty() ? Choice::none : Choice::again;
    }
    if (may_try_again(now))
        return Choice::again;
    return window_.may_start() && has_untried() ? Choice::first : Choice::none;
}

bool BulkPlan::may_try_again(TimePoint now) const noexcept {
    if (!window_.may_start_again())
        return false;
    if (again_breaker_.is_open())
        return !retries_.empty() && window_.again_in_flight() == 0 && again_breaker_.next_at() <= now;
    return retries_.has_due();
}

bool BulkPlan::may_take() const noexcept {
    return !taking_ && !source_ended_ && in_flight() + waiting() + ready() < limits_.held;
}

bool BulkPlan::is_done() const noexcept {
    return source_ended_ && in_flight() == 0 && ready_.empty() && retries_.empty();
}

BulkPlan::Action BulkPlan::take() noexcept {
    taking_ = true;
    return {Action::Kind::take};
}

BulkPlan::Action BulkPlan::start(BulkEntry& entry, bool again, TimePoint now) {
    entry.number = start_rate_.started(now);
    entry.start = window_.started(again, now);
    if (entry.tries++ == 0)
        entry.began = now;
    return {Action::Kind::start, &entry};
}

// Asked again too early, it does no harm.
BulkPlan::Action BulkPlan::wait(TimePoint now) const noexcept {
    std::optional<TimePoint> until;
    auto const or_at = [&](TimePoint at) {
        if (at > now && (!until || at < *until))
            until = at;
    };
    if (auto const due = retries_.next_due())
        or_at(*due);
    if (breaker_.is_open())
        or_at(breaker_.next_at());
    if (again_breaker_.is_open())
        or_at(again_breaker_.next_at());
    if (auto const of = outage(now); of && limits_.outage_timeout > Duration(0))
        or_at(later(of->since, limits_.outage_timeout));
    return {Action::Kind::wait, nullptr, until};
}

BulkPlan::Action BulkPlan::when_stopping() {
    using Kind = Action::Kind;
    if (!ready_.empty())
        return {Kind::drop, &take_random(ready_, rng_)};
    if (!retries_.empty())
        return {Kind::drop, &retries_.take(rng_)};
    return {in_flight() == 0 && !taking_ ? Kind::finish : Kind::wait};
}

void BulkPlan::took(BulkEntry& entry) {
    taking_ = false;
    ready_.push_back(&entry);
}

// ---- What a try came to

bool BulkPlan::ended(BulkEntry& entry, TryEnd const& end, TimePoint now) {
    count_end(entry, end, now);
    if (end.outcome == Outcome::created)
        return false;
    bool const was_refused = sign_of(end) == Sign::refused;
    if (!stopping_ && may_repeat(end)) {
        auto const delay =
            was_refused ? wait_after_refusal(entry, end, now) : wait_after_failure(entry, end, now);
        if (delay) {
            retries_.add(entry, later(now, *delay));
            return true;
        }
    }
    count_failure(end);
    return false;
}

BulkPlan::Sign BulkPlan::sign_of(TryEnd const& end) noexcept {
    switch (end.error) {
    case Errc::busy:
    case Errc::rate_limited:
        return Sign::refused;
    case Errc::invalid_argument:
    case Errc::cancelled:
    case Errc::deadline:
    case Errc::client_closed:
    case Errc::pool_overflow:
        return Sign::none;
    default:
        break;
    }
    if (end.outcome == Outcome::created)
        return Sign::created;
    return end.outcome == Outcome::rejected ? Sign::through : Sign::failed;
}

void BulkPlan::count_end(BulkEntry const& entry, TryEnd const& end, TimePoint now) {
    auto const sign = sign_of(end);
    if (sign == Sign::created)
        window_.succeeded(entry.start, now);
    else if (end.error == Errc::busy)
        window_.refused(entry.start, now);
    else
        window_.ended(entry.start, now);
    if (end.error == Errc::rate_limited)
        start_rate_.limited(entry.number, end.retry_after, now);
    if (end.error == Errc::invalid_argument)
        start_rate_.give_back();
    if (sign == Sign::created || sign == Sign::through)
        got_through(entry, now);
    else if (sign != Sign::none)
        failed(entry, end, now);
    if (sign == Sign::created) {
        rate_.count(now);
        budget_.refund_success();
    }
}

void BulkPlan::got_through(BulkEntry const& entry, TimePoint now) {
    through_at_ = now;
    if (breaker_.is_open()) {
        window_.restart(now);
        start_rate_.restart();
    }
    breaker_.succeeded();
    if (!entry.start.again)
        return;
    again_breaker_.succeeded();
    // A node takes what it refused before. Where nothing else is left to do, the next one need not wait.
    if (source_ended_ && ready_.empty())
        retries_.hasten();
}

void BulkPlan::failed(BulkEntry const& entry, TryEnd const& end, TimePoint now) {
    last_failure_ = end.error;
    auto const hint = hint_of(end, longest_hold);
    breaker_.failed(now, std::max(least_failures, window_.size() / 2), hint, rng_);
    if (entry.start.again)
        again_breaker_.failed(now, least_refusals_again, hint, rng_);
}

std::optional<Duration> BulkPlan::wait_after_refusal(BulkEntry& entry, TryEnd const& end, TimePoint now) {
    if (entry.refusals++ == 0)
        entry.refused_since = now;
    auto const jitter = equal_jitter(limits_.retry, entry.refusals - 1, rng_);
    // A little later than the server said, so that those it sent away together do not come back together.
    auto const wait =
        end.retry_after ? hint_of(end, longest_hint) + std::min<Duration>(jitter, limits_.retry.base_backoff)
                        : jitter;
    if (later(now, wait) - entry.refused_since >= limits_.busy_timeout)
        return std::nullopt;
    return wait;
}

std::optional<Duration> BulkPlan::wait_after_failure(BulkEntry& entry, TryEnd const& end, TimePoint now) {
    entry.refusals = 0;
    ++entry.failures;
    entry.spent += now - entry.start.at;
    auto const& policy = limits_.retry;
    if (entry.failures >= policy.max_attempts || entry.spent >= limits_.timeout || end.fatal_dial ||
        !budget_.try_take())
        return std::nullopt;
    return full_jitter(policy.base_backoff, policy.max_backoff, entry.failures - 1, rng_);
}

Duration BulkPlan::time_left(BulkEntry const& entry) const noexcept {
    return std::max<Duration>(limits_.timeout - entry.spent, Duration(1));
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
    return make_error_code(end.error) == Condition::transient;
}

// ---- What stops it

void BulkPlan::count_failure(TryEnd const& end) noexcept {
    ++failures_;
    bool const is_too_many = limits_.stop_after_failures != 0 && failures_ >= limits_.stop_after_failures;
    bool const ends_all = limits_.stop_on_fatal && (end.error == Condition::fatal || end.fatal_dial);
    if (stopping_ || !(is_too_many || ends_all))
        return;
    stopping_ = true;
    stopped_by_ = end.error;
}

std::optional<BulkOutage> BulkPlan::outage(TimePoint now) const noexcept {
    // What got through just now did so over connections that are open still.
    bool const is_late_news =
        unreachable_ && through_at_ > unreachable_->since && now - through_at_ < still_through;
    if (unreachable_ && !is_late_news) {
        auto of = *unreachable_;
        of.since = std::max(of.since, through_at_);
        return of;
    }
    if (!breaker_.is_open())
        return std::nullopt;
    BulkOutage of;
    of.since = breaker_.failing_since();
    of.error = last_failure_;
    if (in_flight() == 0)
        of.next_try = breaker_.next_at();
    return of;
}

void BulkPlan::stop_after_outage(TimePoint now) noexcept {
    auto const of = outage(now);
    if (stopping_ || !of || limits_.outage_timeout <= Duration(0) || now - of->since < limits_.outage_timeout)
        return;
    stopping_ = true;
    stopped_by_ = of->error;
    stopping_outage_ = of;
}

std::optional<double> BulkPlan::seconds_left(double untried, TimePoint now) const noexcept {
    auto const rate = this->rate(now);
    auto const again_rate = window_.again_rate();
    auto const first_rate = std::max(rate - again_rate, 0.0);
    auto const again = static_cast<double>(waiting() + window_.again_in_flight());
    if (rate <= 0 || (untried > 0 && first_rate <= 0) || (again > 0 && again_rate <= 0))
        return std::nullopt;
    // Both at a time.
    return std::max(untried > 0 ? untried / first_rate : 0, again > 0 ? again / again_rate : 0);
}

} // namespace e2b::core
