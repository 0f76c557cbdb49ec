#pragma once

#include <chrono>

namespace e2b::inline v0 {

/// Which failures are tried again without asking, and how. What is safe is retried: requests that were not
/// committed, and those that the platform refused with 429, or with 503 and a body of its own. What may have
/// made a snapshot is not, unless the caller opts in.
struct RetryPolicy {
    RetryPolicy() noexcept {}

    /// How many times a request may be given to a connection, the first included. Range 1 to 100. A pooled
    /// connection that was found dead before the request was committed, and failed connects, do not count.
    unsigned max_attempts = 4;

    /// The wait before retry n (from 0) is random in [0, min(max_backoff, base_backoff * 2^n)]. Range: more
    /// than 0.
    std::chrono::nanoseconds base_backoff = std::chrono::milliseconds(500);
    /// Range: at least `base_backoff`, at most 24 h.
    std::chrono::nanoseconds max_backoff = std::chrono::seconds(20);

    /// Also retry `unknown` outcomes. The request may then have taken effect twice: only for callers to whom
    /// a second snapshot does not matter.
    bool retry_unknown = false;

    /// Also retry 409. The platform responds so while another snapshot, pause or kill of the sandbox is in
    /// flight.
    bool retry_conflict = false;

    /// The shared budget of a client, a token bucket: a retry takes `retry_cost` tokens, a success gives
    /// `success_refund` back, and with too few tokens left a failure is returned at once. Range of the
    /// capacity: 0 (never retry) to 1'000'000. Taken from the client's configuration; per-call policies do
    /// not change it.
    unsigned budget_capacity = 100;
    /// Tokens that a retry takes.
    unsigned retry_cost = 5;
    /// Tokens that a success gives back.
    unsigned success_refund = 1;
};

} // namespace e2b::inline v0
