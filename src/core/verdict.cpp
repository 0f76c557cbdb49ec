#include "core/verdict.hpp"

namespace e2b::core {
namespace {

bool ended_by_caller(AttemptFacts const& facts) noexcept {
    return !facts.response_complete && (facts.error == Errc::cancelled || facts.error == Errc::deadline ||
                                        facts.error == Errc::client_closed);
}

// In place of the first response the server refused our certificate: with TLS 1.3 the client learns so only
// after it has sent a request, which a server that refuses it does not read. Later on the alert says nothing
// of the kind.
bool refuses_client(AttemptFacts const& facts) noexcept {
    bool const no_response_came =
        !facts.reused && (facts.phase == Phase::write || facts.phase == Phase::first_byte);
    return facts.error == Errc::tls_client_auth && no_response_came;
}

// The status is a success's: what the body proves.
Verdict judge_success(AttemptFacts const& facts, unsigned success) noexcept {
    // Servers that say 200 for anything say it of pages, too.
    if (!facts.body_valid && facts.http_status != success)
        return {Outcome::unknown, Errc::unexpected_status, Retry::no};
    if (facts.response_ended_unsafely)
        return {Outcome::unknown, Errc::truncated, Retry::no};
    if (!facts.body_valid)
        return {Outcome::unknown, facts.error == Errc() ? Errc::malformed : facts.error, Retry::no};
    return {Outcome::created, Errc{}, Retry::no}; // or `succeeded`, as `judge` says
}

// A response that was read whole: what its status proves.
Verdict judge_response(AttemptFacts const& facts, unsigned success) noexcept {
    auto const status = facts.http_status;
    if (may_succeed(status, success))
        return judge_success(facts, success);
    switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
        return {Outcome::rejected, Errc::redirect_refused, Retry::no};
    case 400:
        return {Outcome::rejected, facts.unsupported ? Errc::unsupported : Errc::bad_request, Retry::no};
    case 401:
        return {Outcome::rejected, Errc::unauthorized, Retry::no};
    case 403:
        return {Outcome::rejected, Errc::forbidden, Retry::no};
    case 404:
        // Said by the API, it is about what was asked for; said by another server, about the URL.
        if (facts.response_complete && facts.error != Errc::out_of_memory && !facts.api_error)
            return {Outcome::rejected, Errc::no_such_endpoint, Retry::no};
        return {Outcome::rejected, Errc::not_found, Retry::no};
    case 405:
    case 501:
        return {Outcome::rejected, Errc::no_such_endpoint, Retry::no};
    case 409:
        return {Outcome::rejected, facts.unsupported ? Errc::unsupported : Errc::conflict, Retry::no};
    case 429:
        return {Outcome::rejected, Errc::rate_limited, Retry::later};
    case 408:
    case 499:
        return {Outcome::unknown, Errc::server_error, Retry::no};
    case 503:
        // Only the platform's own API says this before it did anything; a proxy's 503 proves nothing.
        if (facts.api_code == 503)
            return {Outcome::rejected, Errc::busy, Retry::later};
        return {Outcome::unknown, Errc::server_error, Retry::no};
    default:
        break;
    }
    if (status >= 400 && status < 500)
        return {Outcome::rejected, Errc::refused, Retry::no};
    if (status >= 500)
        return {Outcome::unknown, Errc::server_error, Retry::no};
    return {Outcome::unknown, Errc::unexpected_status, Retry::no};
}

// A response that was read whole, by a peer that cannot have the whole request: it may refuse, but whatever
// else it says, it has done nothing.
Verdict judge_early_response(AttemptFacts const& facts, unsigned success) noexcept {
    auto const verdict = judge_response(facts, success);
    if (verdict.outcome == Outcome::rejected)
        return verdict;
    // Neither is a response to this request. On a used connection it was said while that was idle.
    bool const unasked = facts.http_status == 408 || may_succeed(facts.http_status, success);
    if (unasked && facts.reused)
        return {Outcome::not_sent, Errc::stale, Retry::at_once};
    auto const error = is_success(verdict.outcome) ? Errc::protocol : verdict.error;
    return {Outcome::not_sent, error, Retry::no};
}

// The head was read and the body was lost. A 4xx proves enough by its status; nothing else does.
bool proves_refusal(AttemptFacts const& facts) noexcept {
    auto const status = facts.http_status;
    // A status line whose head is incomplete may not have been the response's last word.
    return facts.phase == Phase::body && status >= 400 && status < 500 && status != 408 && status != 499;
}

// No response that counts, and the request is provably not with the peer.
Verdict judge_unsent(AttemptFacts const& facts) noexcept {
    if (ended_by_caller(facts) || refuses_client(facts))
        return {Outcome::not_sent, facts.error, Retry::no};
    if (facts.error == Errc::timeout)
        return {Outcome::not_sent, Errc::write_timeout, Retry::later};
    // Whatever was said on a used connection, was said while that was idle.
    if (facts.reused || facts.error == Errc::stale)
        return {Outcome::not_sent, Errc::stale, Retry::at_once};
    if (facts.error == Errc::protocol)
        return {Outcome::not_sent, Errc::protocol, Retry::no};
    return {Outcome::not_sent, Errc::write_failed, Retry::later};
}

} // namespace

bool may_succeed(unsigned status, unsigned success) noexcept {
    return status == success || status == 200;
}

Verdict judge(AttemptFacts const& facts, RetryPolicy const& policy, Effect effect,
              unsigned success) noexcept {
    Verdict verdict;
    if (facts.response_complete)
        verdict = facts.committed ? judge_response(facts, success) : judge_early_response(facts, success);
    else if (proves_refusal(facts))
        verdict = judge_response(facts, success);
    else if (!facts.committed || refuses_client(facts))
        verdict = judge_unsent(facts);
    else if (facts.error == Errc::tls_client_auth)
        verdict = {Outcome::unknown, Errc::tls, Retry::no};
    else
        verdict = {Outcome::unknown, facts.error, Retry::no};

    if (effect == Effect::idempotent && verdict.outcome == Outcome::created)
        verdict.outcome = Outcome::succeeded;
    // What the caller's own wish ended is not tried again, whatever else may be.
    bool const retries_unknown = policy.retry_unknown || effect == Effect::idempotent;
    if (ended_by_caller(facts))
        verdict.retry = Retry::no;
    else if ((verdict.outcome == Outcome::unknown && retries_unknown) ||
             (verdict.error == Errc::conflict && policy.retry_conflict))
        verdict.retry = Retry::later;
    return verdict;
}

} // namespace e2b::core
