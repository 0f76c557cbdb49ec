#include "core/verdict.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <vector>

using namespace e2b;
using namespace e2b::core;

namespace {

AttemptFacts response(unsigned status, int api_code = 0) {
    AttemptFacts facts;
    facts.phase = Phase::complete;
    facts.committed = true;
    facts.http_status = status;
    facts.response_complete = true;
    facts.body_valid = true;
    facts.api_code = api_code;
    facts.api_error = api_code != 0;
    return facts;
}

AttemptFacts invalid(AttemptFacts facts) {
    facts.body_valid = false;
    return facts;
}

AttemptFacts unsupported(unsigned status) {
    auto facts = response(status, static_cast<int>(status));
    facts.unsupported = true;
    return facts;
}

AttemptFacts failed(Phase phase, Errc error, bool committed, unsigned status = 0) {
    AttemptFacts facts;
    facts.phase = phase;
    facts.error = error;
    facts.committed = committed;
    facts.http_status = status;
    return facts;
}

struct Row {
    AttemptFacts facts;
    Verdict expected;
};

} // namespace

TEST_CASE("every whole response has its outcome", "[verdict]") {
    std::vector<Row> rows = {
        {response(201), {Outcome::created, Errc{}, Retry::no}},
        {response(200), {Outcome::created, Errc{}, Retry::no}},
        {invalid(response(200)), {Outcome::unknown, Errc::unexpected_status, Retry::no}},
        {response(202), {Outcome::unknown, Errc::unexpected_status, Retry::no}},
        {response(204), {Outcome::unknown, Errc::unexpected_status, Retry::no}},
        {response(303), {Outcome::unknown, Errc::unexpected_status, Retry::no}},
        {response(301), {Outcome::rejected, Errc::redirect_refused, Retry::no}},
        {response(302), {Outcome::rejected, Errc::redirect_refused, Retry::no}},
        {response(307), {Outcome::rejected, Errc::redirect_refused, Retry::no}},
        {response(308), {Outcome::rejected, Errc::redirect_refused, Retry::no}},
        {response(400, 400), {Outcome::rejected, Errc::bad_request, Retry::no}},
        {response(401, 401), {Outcome::rejected, Errc::unauthorized, Retry::no}},
        {response(403, 403), {Outcome::rejected, Errc::forbidden, Retry::no}},
        {response(404, 404), {Outcome::rejected, Errc::not_found, Retry::no}},
        {response(404, 7), {Outcome::rejected, Errc::not_found, Retry::no}},
        {response(404), {Outcome::rejected, Errc::no_such_endpoint, Retry::no}},
        {response(405), {Outcome::rejected, Errc::no_such_endpoint, Retry::no}},
        {response(405, 405), {Outcome::rejected, Errc::no_such_endpoint, Retry::no}},
        {response(501), {Outcome::rejected, Errc::no_such_endpoint, Retry::no}},
        {response(501, 501), {Outcome::rejected, Errc::no_such_endpoint, Retry::no}},
        {response(409, 409), {Outcome::rejected, Errc::conflict, Retry::no}},
        {unsupported(409), {Outcome::rejected, Errc::unsupported, Retry::no}},
        {unsupported(400), {Outcome::rejected, Errc::unsupported, Retry::no}},
        {unsupported(500), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(413), {Outcome::rejected, Errc::refused, Retry::no}},
        {response(415), {Outcome::rejected, Errc::refused, Retry::no}},
        {response(422), {Outcome::rejected, Errc::refused, Retry::no}},
        {response(429), {Outcome::rejected, Errc::rate_limited, Retry::later}},
        {response(408), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(499), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(500, 500), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(502), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(503, 503), {Outcome::rejected, Errc::busy, Retry::later}},
        {response(503), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(503, 500), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(504), {Outcome::unknown, Errc::server_error, Retry::no}},
        {response(520), {Outcome::unknown, Errc::server_error, Retry::no}},
    };
    for (auto const& row : rows) {
        INFO("status " << row.facts.http_status << ", api code " << row.facts.api_code);
        CHECK(judge(row.facts, RetryPolicy()) == row.expected);
    }
}

TEST_CASE("a peer that cannot have the whole request may refuse it, and has done nothing else", "[verdict]") {
    struct Early {
        AttemptFacts facts;
        Verdict fresh;
        Verdict reused;
    };
    auto same = [](AttemptFacts const& facts, Outcome outcome, Errc error, Retry retry = Retry::no) {
        return Early{facts, {outcome, error, retry}, {outcome, error, retry}};
    };
    Verdict const stale{Outcome::not_sent, Errc::stale, Retry::at_once};
    std::vector<Early> rows = {
        same(response(400, 400), Outcome::rejected, Errc::bad_request),
        same(response(413), Outcome::rejected, Errc::refused),
        same(response(429), Outcome::rejected, Errc::rate_limited, Retry::later),
        same(response(503, 503), Outcome::rejected, Errc::busy, Retry::later),
        same(response(499), Outcome::not_sent, Errc::server_error),
        same(response(500, 500), Outcome::not_sent, Errc::server_error),
        same(response(503), Outcome::not_sent, Errc::server_error),
        same(response(204), Outcome::not_sent, Errc::unexpected_status),
        same(response(303), Outcome::not_sent, Errc::unexpected_status),
        {response(408), {Outcome::not_sent, Errc::server_error, Retry::no}, stale},
        {response(201), {Outcome::not_sent, Errc::protocol, Retry::no}, stale},
        {response(200), {Outcome::not_sent, Errc::protocol, Retry::no}, stale},
        {invalid(response(201)), {Outcome::not_sent, Errc::malformed, Retry::no}, stale},
        {invalid(response(200)), {Outcome::not_sent, Errc::unexpected_status, Retry::no}, stale},
    };
    for (auto& row : rows) {
        INFO("status " << row.facts.http_status << ", api code " << row.facts.api_code);
        row.facts.committed = false;
        CHECK(judge(row.facts, RetryPolicy()) == row.fresh);
        row.facts.reused = true;
        CHECK(judge(row.facts, RetryPolicy()) == row.reused);
    }
}

TEST_CASE("a connection that is lost before the request can have arrived whole leaves nothing unknown",
          "[verdict]") {
    struct Lost {
        Errc error;
        Verdict fresh;
        Verdict reused;
    };
    Verdict const stale{Outcome::not_sent, Errc::stale, Retry::at_once};
    Verdict const failed_write{Outcome::not_sent, Errc::write_failed, Retry::later};
    Verdict const timed_out{Outcome::not_sent, Errc::write_timeout, Retry::later};
    auto final = [](Errc error) { return Verdict{Outcome::not_sent, error, Retry::no}; };
    std::vector<Lost> const rows = {
        {Errc::reset, failed_write, stale},
        {Errc::truncated, failed_write, stale},
        {Errc::closed_before_response, failed_write, stale},
        {Errc::tls, failed_write, stale},
        {Errc::stale, stale, stale},
        {Errc::timeout, timed_out, timed_out},
        {Errc::protocol, final(Errc::protocol), stale},
        {Errc::cancelled, final(Errc::cancelled), final(Errc::cancelled)},
        {Errc::deadline, final(Errc::deadline), final(Errc::deadline)},
        {Errc::client_closed, final(Errc::client_closed), final(Errc::client_closed)},
    };
    // None, or the beginning of a response.
    auto const status = GENERATE(0u, 201u, 408u, 499u, 500u, 503u);
    for (auto const& row : rows) {
        INFO(to_string(row.error) << " after the status " << status);
        for (auto const phase : {Phase::write, Phase::head, Phase::body}) {
            auto facts = failed(phase, row.error, false, status);
            CHECK(judge(facts, RetryPolicy()) == row.fresh);
            facts.reused = true;
            CHECK(judge(facts, RetryPolicy()) == row.reused);
        }
    }
    CHECK(judge(failed(Phase::body, Errc::reset, false, 404), RetryPolicy()) ==
          Verdict{Outcome::rejected, Errc::not_found, Retry::no});
}

TEST_CASE("a 201 without a usable body is unknown", "[verdict]") {
    CHECK(judge(invalid(response(201)), RetryPolicy()) ==
          Verdict{Outcome::unknown, Errc::malformed, Retry::no});
    for (auto const status : {200u, 201u}) {
        auto cut = response(status);
        cut.response_ended_unsafely = true;
        CHECK(judge(cut, RetryPolicy()) == Verdict{Outcome::unknown, Errc::truncated, Retry::no});
    }
}

TEST_CASE("what is committed is unknown, unless a response proves more", "[verdict]") {
    std::vector<Row> rows = {
        {failed(Phase::write, Errc::cancelled, true), {Outcome::unknown, Errc::cancelled, Retry::no}},
        {failed(Phase::write, Errc::reset, true), {Outcome::unknown, Errc::reset, Retry::no}},
        {failed(Phase::first_byte, Errc::closed_before_response, true),
         {Outcome::unknown, Errc::closed_before_response, Retry::no}},
        {failed(Phase::first_byte, Errc::timeout, true), {Outcome::unknown, Errc::timeout, Retry::no}},
        {failed(Phase::first_byte, Errc::tls, true), {Outcome::unknown, Errc::tls, Retry::no}},
        {failed(Phase::first_byte, Errc::tls_client_auth, true),
         {Outcome::not_sent, Errc::tls_client_auth, Retry::no}},
        {failed(Phase::interim, Errc::protocol, true), {Outcome::unknown, Errc::protocol, Retry::no}},
        {failed(Phase::head, Errc::timeout, true), {Outcome::unknown, Errc::timeout, Retry::no}},
        {failed(Phase::body, Errc::truncated, true, 201), {Outcome::unknown, Errc::truncated, Retry::no}},
        {failed(Phase::body, Errc::truncated, true, 404), {Outcome::rejected, Errc::not_found, Retry::no}},
        {failed(Phase::head, Errc::truncated, true, 404), {Outcome::unknown, Errc::truncated, Retry::no}},
        {failed(Phase::head, Errc::timeout, true, 429), {Outcome::unknown, Errc::timeout, Retry::no}},
        {failed(Phase::body, Errc::truncated, true, 429),
         {Outcome::rejected, Errc::rate_limited, Retry::later}},
        {failed(Phase::body, Errc::truncated, true, 408), {Outcome::unknown, Errc::truncated, Retry::no}},
        {failed(Phase::body, Errc::truncated, true, 503), {Outcome::unknown, Errc::truncated, Retry::no}},
    };
    for (auto const& row : rows) {
        INFO(to_string(row.facts.error) << " while " << to_string(row.facts.phase));
        CHECK(judge(row.facts, RetryPolicy()) == row.expected);
    }
}

TEST_CASE("what is unknown is not transient, whatever happened", "[verdict]") {
    // What an exchange ends with, the caller's own wishes included.
    auto const error = GENERATE(Errc(), Errc::cancelled, Errc::deadline, Errc::client_closed, Errc::reset,
                                Errc::timeout, Errc::tls, Errc::tls_client_auth, Errc::protocol,
                                Errc::truncated, Errc::closed_before_response, Errc::out_of_memory);
    std::size_t unknown = 0;
    for (unsigned status = 0; status < 600; status = status == 0 ? 100 : status + 1)
        for (auto const phase :
             {Phase::write, Phase::first_byte, Phase::interim, Phase::head, Phase::body, Phase::complete})
            for (unsigned bits = 0; bits != 1U << 10; ++bits) {
                auto const is = [bits](unsigned bit) { return (bits >> bit & 1) != 0; };
                AttemptFacts facts;
                facts.phase = phase;
                facts.error = error;
                facts.http_status = status;
                facts.reused = is(0);
                facts.committed = is(1);
                facts.response_complete = is(2) && (error == Errc() || error == Errc::out_of_memory);
                facts.response_ended_unsafely = is(3);
                facts.body_valid = is(4);
                facts.api_error = is(5);
                facts.api_code = is(6) ? 503 : 0;
                facts.unsupported = is(7);
                RetryPolicy policy;
                policy.retry_unknown = is(8);
                policy.retry_conflict = is(9);
                for (auto const effect : {Effect::repeats, Effect::idempotent}) {
                    auto const verdict = judge(facts, policy, effect, effect == Effect::repeats ? 201 : 204);
                    if (verdict.outcome != Outcome::unknown)
                        continue;
                    ++unknown;
                    if (verdict.error == Condition::transient || verdict.error == Condition::connect_error)
                        FAIL(verdict << " of " << facts);
                }
            }
    CHECK(unknown > 0);
}

TEST_CASE("a response for which there was no memory is judged by its status", "[verdict]") {
    auto unread = [](unsigned status) {
        auto facts = invalid(response(status));
        facts.error = Errc::out_of_memory;
        return judge(facts, RetryPolicy());
    };
    CHECK(unread(201) == Verdict{Outcome::unknown, Errc::out_of_memory, Retry::no});
    CHECK(unread(404) == Verdict{Outcome::rejected, Errc::not_found, Retry::no});
    CHECK(unread(503) == Verdict{Outcome::unknown, Errc::server_error, Retry::no});
}

TEST_CASE("a refusal of our certificate counts only in place of the first response", "[verdict]") {
    bool const committed = GENERATE(false, true);
    Verdict const refused{Outcome::not_sent, Errc::tls_client_auth, Retry::no};
    for (auto const phase : {Phase::write, Phase::first_byte}) {
        auto facts = failed(phase, Errc::tls_client_auth, committed);
        CHECK(judge(facts, RetryPolicy()) == refused);
        facts.reused = true;
        CHECK(judge(facts, RetryPolicy()) == (committed
                                                  ? Verdict{Outcome::unknown, Errc::tls, Retry::no}
                                                  : Verdict{Outcome::not_sent, Errc::stale, Retry::at_once}));
    }
    for (auto const phase : {Phase::interim, Phase::head, Phase::body})
        CHECK(judge(failed(phase, Errc::tls_client_auth, committed), RetryPolicy()) ==
              (committed ? Verdict{Outcome::unknown, Errc::tls, Retry::no}
                         : Verdict{Outcome::not_sent, Errc::write_failed, Retry::later}));
}

TEST_CASE("the caller's opt-ins add retries and nothing else", "[verdict]") {
    RetryPolicy opted_in;
    opted_in.retry_unknown = true;
    opted_in.retry_conflict = true;
    CHECK(judge(response(500, 500), opted_in) == Verdict{Outcome::unknown, Errc::server_error, Retry::later});
    CHECK(judge(response(409, 409), opted_in) == Verdict{Outcome::rejected, Errc::conflict, Retry::later});
    CHECK(judge(response(404, 404), opted_in).retry == Retry::no);
    CHECK(judge(response(404), opted_in).retry == Retry::no);
    CHECK(judge(unsupported(409), opted_in).retry == Retry::no);
    CHECK(judge(response(201), opted_in).retry == Retry::no);
    CHECK(judge(failed(Phase::first_byte, Errc::cancelled, true), opted_in).retry == Retry::no);
    CHECK(judge(failed(Phase::first_byte, Errc::deadline, true), opted_in).retry == Retry::no);
}

TEST_CASE("an idempotent request is sent again after a response was lost", "[verdict]") {
    auto const lost = failed(Phase::first_byte, Errc::closed_before_response, true);
    CHECK(judge(lost, RetryPolicy(), Effect::idempotent, 200).retry == Retry::later);
    CHECK(judge(response(200), RetryPolicy(), Effect::idempotent, 200).outcome == Outcome::succeeded);
    CHECK(judge(invalid(response(200)), RetryPolicy(), Effect::idempotent, 200) ==
          Verdict{Outcome::unknown, Errc::malformed, Retry::later});
}

TEST_CASE("a deletion has succeeded with 204 and with 200", "[verdict]") {
    CHECK(judge(response(204), RetryPolicy(), Effect::idempotent, 204).outcome == Outcome::succeeded);
    CHECK(judge(response(200), RetryPolicy(), Effect::idempotent, 204).outcome == Outcome::succeeded);
    CHECK(judge(response(202), RetryPolicy(), Effect::idempotent, 204).outcome == Outcome::unknown);
    CHECK(judge(response(404), RetryPolicy(), Effect::idempotent, 204).error == Errc::no_such_endpoint);
}

TEST_CASE("what decides prints in words where a check fails") {
    using Catch::Detail::stringify;
    CHECK(stringify(Verdict{Outcome::unknown, Errc::reset, Retry::no}) == "unknown, reset, no retry");
    CHECK(stringify(Verdict{Outcome::created, Errc(), Retry::no}) == "created, none, no retry");
    auto facts = response(503, 503);
    facts.reused = true;
    CHECK(stringify(facts) ==
          "complete, none, status 503, code 503, reused, committed, complete, valid body");
    CHECK(stringify(Call::Action::Kind::exchange) == "exchange");
    CHECK(stringify(Dial::Action::open_tunnel) == "open tunnel");
    CHECK(stringify(Pool::Action::Kind::grant) == "grant");
    CHECK(stringify(StreamEnd::unclean) == "unclean end");
}
