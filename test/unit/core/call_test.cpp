#include "core/call.hpp"
#include "core/retry_after.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"

#include <random>

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using Kind = Call::Action::Kind;

namespace {

AttemptFacts response(unsigned status, int api_code = 0) {
    AttemptFacts facts;
    facts.phase = Phase::complete;
    facts.committed = true;
    facts.http_status = status;
    facts.response_complete = true;
    facts.body_valid = status == 201;
    facts.api_code = api_code;
    facts.api_error = api_code != 0;
    return facts;
}

AttemptFacts failed(Phase phase, Errc error, bool committed) {
    AttemptFacts facts;
    facts.phase = phase;
    facts.error = error;
    facts.committed = committed;
    return facts;
}

AttemptNotes retry_after(std::chrono::seconds wait) {
    AttemptNotes notes;
    notes.retry_after = wait;
    return notes;
}

CallLimits in_ten_seconds() {
    CallLimits limits;
    limits.timeout = 10s;
    limits.attempt_timeout = 4s;
    limits.policy.base_backoff = 100ms;
    limits.policy.max_backoff = 300ms;
    return limits;
}

// A call, a clock set by hand, and what the calls of a client share.
struct Life {
    explicit Life(CallLimits const& limits = in_ten_seconds(), unsigned tokens = 100)
        : budget(tokens, 5, 1),
          call(limits, began) {}

    // The call waits for a connection and is given one.
    void grant() {
        REQUIRE(action.kind == Kind::acquire);
        CHECK(action.until == call.deadline());
        action = call.granted(now);
        REQUIRE(action.kind == Kind::exchange);
    }
    void end(AttemptFacts const& facts, AttemptNotes notes = {}) {
        action = call.attempt_ended(facts, std::move(notes), now, {budget, rng});
    }
    void wake() {
        REQUIRE(action.kind == Kind::sleep);
        now = action.until;
        action = call.woke();
    }
    // A further attempt, from the wait for its connection to its end.
    void attempt(AttemptFacts const& facts, AttemptNotes notes = {}) {
        grant();
        end(facts, std::move(notes));
    }
    void expect_failure(Outcome outcome, Errc error, unsigned attempts) {
        REQUIRE(action.kind == Kind::finish);
        CHECK_FALSE(call.succeeded());
        CHECK(call.failure().outcome == outcome);
        CHECK(call.failure().error == error);
        CHECK(call.failure().attempts == attempts);
        CHECK(call.failure().elapsed == now - began);
    }

    TimePoint began{1h};
    TimePoint now = began;
    RetryBudget budget;
    Rng rng{7};
    Call call;
    Call::Action action = call.start();
};

} // namespace

TEST_CASE("a call waits for a connection, exchanges and succeeds", "[call]") {
    Life life;
    CHECK(life.call.deadline() == life.began + 10s);
    life.now += 1s;
    life.grant();
    CHECK(life.action.until == life.now + 4s);
    CHECK_FALSE(life.call.attempt_ends_call());
    life.now += 2s;
    life.end(response(201));
    REQUIRE(life.action.kind == Kind::finish);
    CHECK(life.call.succeeded());
    CHECK(life.call.attempts() == 1);
    CHECK(life.call.elapsed() == 3s);
}

TEST_CASE("an attempt never reaches past the call's deadline", "[call]") {
    Life life;
    life.now += 7s;
    life.grant();
    CHECK(life.action.until == life.call.deadline());
    CHECK(life.call.attempt_ends_call());
}

TEST_CASE("times as long as the clock's range do not overflow", "[call]") {
    auto limits = in_ten_seconds();
    limits.timeout = Duration::max();
    limits.attempt_timeout = Duration::max();
    Life life(limits);
    CHECK(life.call.deadline() == TimePoint::max());
    life.grant();
    CHECK(life.action.until == TimePoint::max());
    life.end(response(429), retry_after(longest_retry_after));
    REQUIRE(life.action.kind == Kind::sleep);
    CHECK(life.action.until >= life.now + longest_retry_after);
}

TEST_CASE("a failure carries all that is known of the last attempt", "[call]") {
    Life life;
    life.now += 1s;
    AttemptNotes notes;
    notes.server_code = 404;
    notes.server_error_code = "gone";
    notes.server_message = "no such sandbox";
    notes.trace_id = "0af7651916cd43dd";
    notes.cause = boost::system::errc::make_error_code(boost::system::errc::connection_reset);
    notes.detail = "detail";
    life.attempt(response(404, 404), notes);
    life.expect_failure(Outcome::rejected, Errc::not_found, 1);
    auto const& failure = life.call.failure();
    CHECK(failure.phase == Phase::complete);
    CHECK(failure.http_status == 404);
    CHECK(failure.server_code == 404);
    CHECK(failure.server_error_code == "gone");
    CHECK(failure.server_message == "no such sandbox");
    CHECK(failure.trace_id == "0af7651916cd43dd");
    CHECK(failure.cause == notes.cause);
    CHECK(failure.detail == "detail");
    CHECK_FALSE(failure.retry_after);
}

TEST_CASE("a busy platform is asked again after a growing random wait, up to the limit", "[call]") {
    Life life;
    for (auto const ceiling : {100ms, 200ms, 300ms}) {
        life.attempt(response(503, 503));
        REQUIRE(life.action.kind == Kind::sleep);
        CHECK(life.action.until >= life.now);
        CHECK(life.action.until <= life.now + ceiling);
        CHECK(life.call.last_verdict().retry == Retry::later);
        life.wake();
    }
    life.attempt(response(503, 503));
    life.expect_failure(Outcome::rejected, Errc::busy, 4);
    CHECK(life.call.last_verdict().retry == Retry::no);
    CHECK(life.budget.tokens() == 85);
}

TEST_CASE("a retry can succeed", "[call]") {
    Life life;
    life.attempt(response(429));
    life.wake();
    life.attempt(failed(Phase::write, Errc::write_failed, false));
    life.wake();
    life.attempt(response(201));
    REQUIRE(life.action.kind == Kind::finish);
    CHECK(life.call.succeeded());
    CHECK(life.call.attempts() == 3);
    CHECK(life.budget.tokens() == 91);
}

TEST_CASE("what may have made a snapshot is not sent again", "[call]") {
    auto const lost = failed(Phase::first_byte, Errc::closed_before_response, true);
    for (auto const& facts : {response(500, 500), response(502), response(503), response(504), lost}) {
        Life life;
        life.attempt(facts);
        REQUIRE(life.action.kind == Kind::finish);
        CHECK(life.call.failure().outcome == Outcome::unknown);
        CHECK(life.call.attempts() == 1);
        CHECK(life.budget.tokens() == 100);
    }
}

TEST_CASE("the wait is as long as the server said, and a little random time on top", "[call]") {
    Life life;
    life.attempt(response(429), retry_after(3s));
    REQUIRE(life.action.kind == Kind::sleep);
    CHECK(life.action.until >= life.now + 3s);
    CHECK(life.action.until <= life.now + 3s + 100ms);
}

TEST_CASE("a wait that would pass the deadline is not begun, and the hint is returned", "[call]") {
    for (auto const hint : {10s, 11s, 1'000'000s}) {
        Life life;
        life.attempt(response(429), retry_after(hint));
        life.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
        CHECK(life.call.failure().retry_after == hint);
        CHECK(life.call.failure().elapsed == Duration::zero());
        CHECK(life.budget.tokens() == 100);
    }
    Life life;
    life.attempt(response(429), retry_after(9s));
    CHECK(life.action.kind == Kind::sleep);
}

TEST_CASE("without tokens a failure is returned at once, and successes bring them back", "[call]") {
    Life poor(in_ten_seconds(), 4);
    poor.attempt(response(429));
    poor.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
    CHECK(poor.call.last_verdict().retry == Retry::no);

    Life earning(in_ten_seconds(), 5);
    earning.attempt(response(429));
    CHECK(earning.budget.tokens() == 0);
    earning.wake();
    earning.attempt(response(201));
    CHECK(earning.budget.tokens() == 1);

    Life never(in_ten_seconds(), 0);
    never.attempt(response(429));
    never.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
}

TEST_CASE("an attempt that may have made a snapshot taints every later failure", "[call]") {
    auto limits = in_ten_seconds();
    limits.policy.retry_unknown = true;
    limits.policy.max_attempts = 2;

    SECTION("a later rejection") {
        Life life(limits);
        life.attempt(response(500, 500));
        life.wake();
        life.attempt(response(404, 404));
        life.expect_failure(Outcome::unknown, Errc::not_found, 2);
        CHECK(life.call.failure().http_status == 404);
    }
    SECTION("a later attempt that was not sent") {
        Life life(limits);
        life.attempt(failed(Phase::first_byte, Errc::reset, true));
        life.wake();
        life.attempt(failed(Phase::write, Errc::write_failed, false));
        life.expect_failure(Outcome::unknown, Errc::reset, 2);
    }
    SECTION("a later refusal that the same request may not meet again") {
        Life life(limits);
        AttemptNotes lost;
        lost.cause = make_error_code(boost::system::errc::connection_reset);
        life.attempt(failed(Phase::first_byte, Errc::reset, true), std::move(lost));
        life.wake();
        AttemptNotes refused;
        refused.server_message = "busy";
        refused.detail = "of the refusal";
        life.attempt(response(503, 503), std::move(refused));
        life.expect_failure(Outcome::unknown, Errc::reset, 2);
        auto const& failure = life.call.failure();
        CHECK(failure.phase == Phase::first_byte);
        CHECK(failure.cause == boost::system::errc::connection_reset);
        CHECK(failure.detail.empty());
        CHECK(failure.http_status == 503); // of the last response, as is what it says
        CHECK(failure.server_message == "busy");
    }
    SECTION("stopped before the later attempt") {
        for (auto const why : {Errc::cancelled, Errc::deadline, Errc::client_closed}) {
            Life life(limits);
            life.attempt(response(500, 500));
            life.action = life.call.stopped(why, std::nullopt, life.now);
            life.expect_failure(Outcome::unknown, Errc::server_error, 1);
        }
    }
    SECTION("a later success") {
        Life life(limits);
        life.attempt(response(500, 500));
        life.wake();
        life.attempt(response(201));
        CHECK(life.call.succeeded());
    }
}

TEST_CASE("a stale connection is no attempt: at once, uncounted, for nothing", "[call]") {
    Life life;
    auto stale = failed(Phase::write, Errc::stale, false);
    stale.reused = true;
    for (int i = 0; i < 300; ++i) {
        life.attempt(stale);
        REQUIRE(life.action.kind == Kind::acquire);
        CHECK(life.call.attempts() == 0);
    }
    CHECK(life.budget.tokens() == 100);
    life.attempt(response(201));
    CHECK(life.call.succeeded());
    CHECK(life.call.attempts() == 1);
}

TEST_CASE("whoever stops a waiting call is the reason that it gives", "[call]") {
    for (auto const why : {Errc::cancelled, Errc::deadline, Errc::client_closed}) {
        Life life;
        life.now += 2s;
        life.action = life.call.stopped(why, std::nullopt, life.now);
        life.expect_failure(Outcome::not_sent, why, 0);
        CHECK(life.call.failure().phase == Phase::pool_wait);
    }
}

TEST_CASE("a call that timed out without a connection says why there was none", "[call]") {
    NoConnection const refused{Errc::connect_failed, Phase::connect,
                               make_error_code(boost::system::errc::connection_refused), "detail"};
    Life late;
    late.now += 10s;
    late.action = late.call.stopped(Errc::deadline, refused, late.now);
    late.expect_failure(Outcome::not_sent, Errc::connect_failed, 0);
    CHECK(late.call.failure().phase == Phase::connect);
    CHECK(late.call.failure().cause == refused.cause);
    CHECK(late.call.failure().detail == "detail");

    Life cancelled;
    cancelled.action = cancelled.call.stopped(Errc::cancelled, refused, cancelled.now);
    cancelled.expect_failure(Outcome::not_sent, Errc::cancelled, 0);
}

TEST_CASE("stopped between two attempts, a call ends as the last one did", "[call]") {
    NoConnection const refused{Errc::connect_failed, Phase::connect, {}, {}};
    for (auto const why : {Errc::cancelled, Errc::deadline, Errc::client_closed}) {
        Life waiting;
        waiting.attempt(response(429), retry_after(3s));
        waiting.action = waiting.call.stopped(why, refused, waiting.now);
        waiting.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
        CHECK(waiting.call.failure().retry_after == 3s);
    }
    Life acquiring;
    acquiring.attempt(response(429));
    acquiring.wake();
    acquiring.action = acquiring.call.not_granted(refused, acquiring.now);
    acquiring.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
}

TEST_CASE("the attempt that the caller ended is not repeated, whatever the policy", "[call]") {
    auto limits = in_ten_seconds();
    limits.policy.retry_unknown = true;
    for (auto const why : {Errc::cancelled, Errc::deadline, Errc::client_closed}) {
        Life committed(limits);
        committed.attempt(failed(Phase::first_byte, why, true));
        committed.expect_failure(Outcome::unknown, why, 1);
        Life uncommitted(limits);
        uncommitted.attempt(failed(Phase::write, why, false));
        uncommitted.expect_failure(Outcome::not_sent, why, 1);
    }
}

TEST_CASE("a walk of random events ends within the limits and tells the truth", "[call]") {
    std::mt19937 random(11);
    auto stale = failed(Phase::write, Errc::stale, false);
    auto const events = {response(201),
                         response(404, 404),
                         response(429),
                         response(503, 503),
                         response(500, 500),
                         failed(Phase::first_byte, Errc::reset, true),
                         failed(Phase::write, Errc::write_failed, false),
                         stale};
    for (int round = 0; round < 20'000; ++round) {
        auto limits = in_ten_seconds();
        limits.policy.max_attempts = 1 + random() % 4;
        limits.policy.retry_unknown = random() % 2 == 0;
        Life life(limits, static_cast<unsigned>(random() % 20));
        bool may_exist = false;
        unsigned sent = 0;
        while (life.action.kind != Kind::finish) {
            if (life.action.kind == Kind::sleep) {
                REQUIRE(life.action.until < life.call.deadline());
                life.wake();
                continue;
            }
            auto const& facts = *(events.begin() + random() % events.size());
            may_exist = may_exist || judge(facts, limits.policy).outcome == Outcome::unknown;
            sent += facts.error == Errc::stale ? 0 : 1;
            life.attempt(facts);
        }
        REQUIRE(life.call.attempts() == sent);
        REQUIRE(sent <= limits.policy.max_attempts);
        if (!life.call.succeeded()) {
            auto const& failure = life.call.failure();
            REQUIRE((failure.outcome == Outcome::unknown) == may_exist);
            REQUIRE_FALSE((may_exist && failure == Condition::transient));
        }
    }
}

TEST_CASE("no attempt is begun once the deadline is over") {
    SECTION("the first") {
        Life life;
        life.now = life.call.deadline();
        life.action = life.call.granted(life.now);
        life.expect_failure(Outcome::not_sent, Errc::deadline, 0);
        CHECK(life.call.failure().phase == Phase::pool_wait);
    }
    SECTION("a further one: what the one before said is kept") {
        Life life;
        life.grant();
        life.end(response(429));
        life.wake();
        life.now = life.call.deadline() + 1h;
        life.action = life.call.granted(life.now);
        life.expect_failure(Outcome::rejected, Errc::rate_limited, 1);
    }
    SECTION("right before it") {
        Life life;
        life.now = life.call.deadline() - 1ns;
        life.grant();
    }
}
