#include "core/verdict.hpp"

namespace e2b::core {
namespace {

// An answer that says nothing about what was done; nothing was, if the server cannot have the whole request.
Verdict server_error(AttemptFacts const& facts) noexcept {
    return {facts.committed ? Outcome::unknown : Outcome::not_sent, Errc::server_error, Retry::no};
}

// An answer that was read whole: what its status proves.
Verdict judge_answer(AttemptFacts const& facts, unsigned success) noexcept {
    auto const status = facts.http_status;
    if (status == success) {
        if (facts.answer_cut_unsafely)
            return {Outcome::unknown, Errc::truncated, Retry::no};
        if (!facts.body_valid)
            return {Outcome::unknown, Errc::malformed, Retry::no};
        return {Outcome::created, Errc{}, Retry::no};
    }
    switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
        return {Outcome::rejected, Errc::redirect_refused, Retry::no};
    case 400:
        return {Outcome::rejected, Errc::bad_request, Retry::no};
    case 401:
        return {Outcome::rejected, Errc::unauthorized, Retry::no};
    case 403:
        return {Outcome::rejected, Errc::forbidden, Retry::no};
    case 404:
        return {Outcome::rejected, Errc::not_found, Retry::no};
    case 409:
        return {Outcome::rejected, Errc::conflict, Retry::no};
    case 429:
        return {Outcome::rejected, Errc::rate_limited, Retry::later};
    case 408:
        // To a used connection it was said while the connection was idle, before the request could have
        // arrived.
        if (!facts.committed && facts.reused)
            return {Outcome::not_sent, Errc::stale, Retry::at_once};
        return server_error(facts);
    case 503:
        // Only the platform's own API says this before it did anything; a proxy's 503 proves nothing.
        if (facts.api_code == 503)
            return {Outcome::rejected, Errc::busy, Retry::later};
        return server_error(facts);
    case 499:
        return server_error(facts);
    default:
        break;
    }
    if (status >= 400 && status < 500)
        return {Outcome::rejected, Errc::refused, Retry::no};
    if (status >= 500)
        return server_error(facts);
    return {Outcome::unknown, Errc::unexpected_status, Retry::no};
}

// The head was read and the body was lost. A 4xx proves enough by its status; nothing else does.
Verdict judge_cut_answer(AttemptFacts const& facts, unsigned success) noexcept {
    auto const status = facts.http_status;
    // A status line whose head was cut may not have been the answer's last word.
    bool const proves_refusal =
        facts.phase == Phase::body && status >= 400 && status < 500 && status != 408 && status != 499;
    if (proves_refusal)
        return judge_answer(facts, success);
    return {Outcome::unknown, facts.error, Retry::no};
}

// No answer, and the request is provably not with the peer.
Verdict judge_unsent(AttemptFacts const& facts) noexcept {
    switch (facts.error) {
    case Errc::stale:
        return {Outcome::not_sent, facts.error, Retry::at_once};
    case Errc::write_failed:
    case Errc::write_timeout:
        return {Outcome::not_sent, facts.error, Retry::later};
    default:
        return {Outcome::not_sent, facts.error, Retry::no};
    }
}

} // namespace

Verdict judge(AttemptFacts const& facts, RetryPolicy const& policy, Effect effect,
              unsigned success) noexcept {
    Verdict verdict;
    if (facts.answer_complete)
        verdict = judge_answer(facts, success);
    else if (facts.http_status != 0)
        verdict = judge_cut_answer(facts, success);
    else if (!facts.committed || facts.error == Errc::tls_client_auth)
        verdict = judge_unsent(facts);
    else
        verdict = {Outcome::unknown, facts.error, Retry::no};

    // What the caller's own wish ended is not tried again, whatever else may be.
    bool const ended_by_caller =
        !facts.answer_complete && (facts.error == Errc::cancelled || facts.error == Errc::deadline ||
                                   facts.error == Errc::client_closed);
    if (ended_by_caller)
        verdict.retry = Retry::no;
    else if (verdict.outcome == Outcome::unknown && (policy.retry_unknown || effect == Effect::idempotent))
        verdict.retry = Retry::later;
    else if (verdict.error == Errc::conflict && policy.retry_conflict)
        verdict.retry = Retry::later;
    return verdict;
}

bool dial_error_is_final(Errc error) noexcept {
    switch (error) {
    case Errc::dns_not_found:
    case Errc::tls_verify:
    case Errc::tls_client_auth:
    case Errc::proxy_auth:
    case Errc::proxy_protocol:
    case Errc::invalid_argument:
    case Errc::client_closed:
        return true;
    default:
        return false;
    }
}

} // namespace e2b::core
