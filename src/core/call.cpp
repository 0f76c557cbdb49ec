#include "core/call.hpp"

#include <algorithm>
#include <utility>

namespace e2b::core {

namespace {

// `at + wait` without overflow.
TimePoint after(TimePoint at, Duration wait) noexcept {
    return wait > TimePoint::max() - at ? TimePoint::max() : at + wait;
}

} // namespace

Call::Call(CallLimits limits, TimePoint now) noexcept
    : limits_(limits),
      started_at_(now),
      deadline_(after(now, limits.timeout)) {}

Call::Action Call::start() noexcept {
    return {Action::Kind::acquire, deadline_};
}

Call::Action Call::granted(TimePoint now) {
    if (now >= deadline_)
        return stopped(Errc::deadline, std::nullopt, now);
    ++attempts_;
    attempt_until_ = std::min(after(now, limits_.attempt_timeout), deadline_);
    return {Action::Kind::exchange, attempt_until_};
}

Call::Action Call::woke() noexcept {
    return {Action::Kind::acquire, deadline_};
}

Call::Action Call::not_granted(NoConnection reason, TimePoint now) {
    // An attempt that was made says more than a connection that could not be had for the next one.
    if (!has_failure_) {
        failure_ = Failure(Outcome::not_sent, reason.error, reason.phase);
        failure_.cause = reason.cause;
        failure_.detail = std::move(reason.detail);
    }
    return finish(now);
}

Call::Action Call::stopped(Errc why, std::optional<NoConnection> const& last_dial, TimePoint now) {
    bool const waited_for_dial = why == Errc::deadline && last_dial;
    if (waited_for_dial)
        return not_granted(*last_dial, now);
    return not_granted({why, Phase::pool_wait, {}, {}}, now);
}

Call::Action Call::attempt_ended(AttemptFacts const& facts, AttemptNotes&& notes, TimePoint now,
                                 Shared shared) {
    verdict_ = judge(facts, limits_.policy, limits_.effect, limits_.success);
    if (verdict_.retry == Retry::at_once) {
        --attempts_;
        return {Action::Kind::acquire, deadline_};
    }
    if (is_success(verdict_.outcome)) {
        succeeded_ = true;
        shared.budget.refund_success();
        return finish(now);
    }
    if (verdict_.outcome == Outcome::unknown)
        unknown_ = {verdict_.error, facts.phase, notes.cause};
    auto const delay = retry_delay(notes, shared);

    has_failure_ = true;
    failure_ = Failure(verdict_.outcome, verdict_.error, facts.phase);
    failure_.http_status = facts.http_status;
    failure_.server_code = notes.server_code;
    failure_.server_error_code = std::move(notes.server_error_code);
    failure_.server_message = std::move(notes.server_message);
    failure_.trace_id = std::move(notes.trace_id);
    failure_.retry_after = notes.retry_after;
    failure_.cause = notes.cause;
    failure_.detail = std::move(notes.detail);

    if (!delay || after(now, *delay) >= deadline_ || !shared.budget.try_take()) {
        verdict_.retry = Retry::no;
        return finish(now);
    }
    ++retries_;
    return {Action::Kind::sleep, after(now, *delay)};
}

Call Call::of_late_response() const {
    auto limits = limits_;
    limits.policy.max_attempts = 0;
    Call late(limits, started_at_);
    late.attempts_ = attempts_;
    return late;
}

// How long to wait before the next attempt; nothing if there is to be none.
std::optional<Duration> Call::retry_delay(AttemptNotes const& notes, Shared shared) {
    auto const& policy = limits_.policy;
    if (verdict_.retry == Retry::no || attempts_ >= policy.max_attempts)
        return std::nullopt;
    auto const jitter = full_jitter(policy.base_backoff, policy.max_backoff, retries_, shared.rng);
    if (!notes.retry_after)
        return jitter;
    // A little later than the server said, so that those it sent away together do not come back together.
    return *notes.retry_after + std::min<Duration>(jitter, policy.base_backoff);
}

Call::Action Call::finish(TimePoint now) noexcept {
    ended_at_ = now;
    if (!succeeded_) {
        if (unknown_)
            taint();
        failure_.attempts = attempts_;
        failure_.elapsed = elapsed();
    }
    return {Action::Kind::finish, now};
}

// An error that is transient would say that nothing was done.
void Call::taint() noexcept {
    failure_.outcome = Outcome::unknown;
    if (failure_.error != Condition::transient)
        return;
    failure_.error = unknown_->error;
    failure_.phase = unknown_->phase;
    failure_.cause = unknown_->cause;
    failure_.detail.clear();
}

} // namespace e2b::core
