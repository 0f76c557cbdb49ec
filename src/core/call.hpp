#pragma once

#include "core/backoff.hpp"
#include "core/budget.hpp"
#include "core/time.hpp"
#include "core/verdict.hpp"

#include <e2b/error.hpp>
#include <e2b/retry_policy.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace e2b::core {

struct CallLimits {
    Duration timeout{};         // the whole call
    Duration attempt_timeout{}; // one attempt, from the moment it has a connection
    RetryPolicy policy;
    Effect effect = Effect::repeats;
    unsigned success = 201;
    bool hangs_up =
        false; // an attempt that the caller or a deadline ends is hung up on, whatever that may cost
    // A committed attempt whose time is up is waited for, as long as the platform may be at work on it.
    bool awaits_response = false;
};

// What is known of one attempt beyond the facts that decide.
struct AttemptNotes {
    std::optional<int> server_code;
    std::string server_error_code;
    std::string server_message;
    std::string trace_id;
    std::optional<std::chrono::seconds> retry_after;
    boost::system::error_code cause;
    std::string detail;
};

// Why no connection could be had.
struct NoConnection {
    Errc error{};
    Phase phase = Phase::pool_wait;
    boost::system::error_code cause;
    std::string detail;
};

// The life of one call: given what happened and when, it says what to do next. It ends exactly once, with the
// action `finish`; then `succeeded()` or `failure()` say how.
class Call {
public:
    struct Action {
        enum class Kind : unsigned char {
            acquire,  // wait for a connection, until `until`
            exchange, // send the request over the connection that was granted, until `until`
            sleep,    // wait until `until`, then say `woke`
            finish,   // complete
        };
        Kind kind = Kind::finish;
        TimePoint until{};
    };

    // What every call of a client shares.
    struct Shared {
        RetryBudget& budget;
        Rng& rng;
    };

    Call(CallLimits limits, TimePoint now) noexcept;

    [[nodiscard]] Action start() noexcept;
    // A connection is there: `exchange`, or `finish` without using it where the deadline is over.
    [[nodiscard]] Action granted(TimePoint now);
    // The pool has no connection for this call and will have none.
    [[nodiscard]] Action not_granted(NoConnection reason, TimePoint now);
    [[nodiscard]] Action attempt_ended(AttemptFacts const& facts, AttemptNotes&& notes, TimePoint now,
                                       Shared shared);
    [[nodiscard]] Action woke() noexcept;
    // The caller, its deadline or the client's end stops a call that is waiting (for a connection or for its
    // next attempt). `last_dial` is what kept it waiting, where connections could not be opened.
    [[nodiscard]] Action stopped(Errc why, std::optional<NoConnection> const& last_dial, TimePoint now);

    // Whether an attempt that ends early is hung up on. Otherwise it goes on without the call: what
    // is committed may have begun to work, and may be broken off where its connection is closed.
    [[nodiscard]] bool hangs_up(bool committed) const noexcept {
        return limits_.hangs_up || limits_.effect == Effect::idempotent || !committed;
    }
    // What judges such an exchange when it has ended: the same call, with this one attempt and no other.
    [[nodiscard]] Call of_late_response() const;
    // Whether an attempt whose time is up goes on, and the call with it.
    [[nodiscard]] bool awaits_response(bool committed) const noexcept {
        return limits_.awaits_response && !hangs_up(committed);
    }

    [[nodiscard]] bool succeeded() const noexcept { return succeeded_; }
    // Valid after a `finish` without success.
    [[nodiscard]] Failure& failure() noexcept { return failure_; }
    [[nodiscard]] Outcome outcome() const noexcept {
        return succeeded_ ? verdict_.outcome : failure_.outcome;
    }

    [[nodiscard]] unsigned attempts() const noexcept { return attempts_; }
    // From the start to the `finish`.
    [[nodiscard]] Duration elapsed() const noexcept { return ended_at_ - started_at_; }
    [[nodiscard]] TimePoint started_at() const noexcept { return started_at_; }
    [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }
    // The deadline that ends the running attempt is the call's own.
    [[nodiscard]] bool attempt_ends_call() const noexcept { return attempt_until_ == deadline_; }
    [[nodiscard]] Verdict const& last_verdict() const noexcept { return verdict_; }
    // A whole response of this status is a success, if its body is what it should be.
    [[nodiscard]] bool expects(unsigned status) const noexcept {
        return may_succeed(status, limits_.success);
    }

private:
    [[nodiscard]] std::optional<Duration> retry_delay(AttemptNotes const& notes, Shared shared);
    [[nodiscard]] Action finish(TimePoint now) noexcept;
    void taint() noexcept;

    CallLimits limits_;
    TimePoint started_at_;
    TimePoint deadline_;
    TimePoint attempt_until_{};
    TimePoint ended_at_{};
    unsigned attempts_ = 0;
    unsigned retries_ = 0;
    bool succeeded_ = false;
    bool has_failure_ = false;
    // The last attempt that ended so: what was asked for may exist, whatever comes after it.
    struct Unknown {
        Errc error;
        Phase phase;
        boost::system::error_code cause;
    };
    std::optional<Unknown> unknown_;
    Verdict verdict_;
    Failure failure_;
};

} // namespace e2b::core
