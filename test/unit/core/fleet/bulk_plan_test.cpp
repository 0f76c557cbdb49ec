#include "core/fleet/bulk_plan.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <vector>

using namespace e2b;
using namespace e2b::core;
using namespace std::chrono_literals;
using Kind = BulkPlan::Action::Kind;

namespace {

BulkLimits limits() {
    BulkLimits result;
    result.timeout = 5min;
    return result;
}

TryEnd failure(Outcome outcome, Errc error) {
    TryEnd end;
    end.outcome = outcome;
    end.error = error;
    return end;
}

TryEnd const created = [] {
    TryEnd end;
    end.outcome = Outcome::created;
    return end;
}();
TryEnd const busy = failure(Outcome::rejected, Errc::busy);
TryEnd const gone = failure(Outcome::rejected, Errc::not_found);

// A plan over a source of so many entries.
struct Rig {
    explicit Rig(std::size_t count, BulkLimits of = limits()) : entries(count), plan(of, now, 1) {}

    // Carries out all that the plan says, and yields the entries that were started.
    std::vector<BulkEntry*> pump() {
        std::vector<BulkEntry*> started;
        for (;;) {
            last = plan.next(now);
            if (last.kind == Kind::take && taken == entries.size())
                plan.source_ended();
            else if (last.kind == Kind::take)
                plan.took(entries[taken++]);
            else if (last.kind == Kind::start)
                started.push_back(last.entry);
            else if (last.kind == Kind::drop)
                dropped.push_back(last.entry);
            else
                return started;
        }
    }
    // The moment at which the plan starts something, or ends.
    std::vector<BulkEntry*> wait() {
        std::vector<BulkEntry*> started;
        while (started.empty() && last.kind == Kind::wait) {
            REQUIRE(last.until);
            now = *last.until;
            started = pump();
        }
        return started;
    }

    TimePoint now{};
    std::vector<BulkEntry> entries;
    std::size_t taken = 0;
    BulkPlan plan;
    BulkPlan::Action last;
    std::vector<BulkEntry*> dropped;
};

} // namespace

TEST_CASE("an item is started as soon as it was taken, and the plan ends with the last", "[bulk_plan]") {
    Rig rig(2);
    auto const started = rig.pump();
    REQUIRE(started.size() == 2);
    CHECK(rig.last.kind == Kind::wait);
    CHECK_FALSE(rig.plan.ended(*started[0], created, rig.now));
    rig.pump();
    CHECK(rig.last.kind == Kind::wait);
    CHECK_FALSE(rig.plan.ended(*started[1], gone, rig.now));
    rig.pump();
    CHECK(rig.last.kind == Kind::finish);
}

TEST_CASE("the source is asked once at a time, and only while there is room", "[bulk_plan]") {
    auto of = limits();
    of.window.ceiling = 1;
    of.held = 1;
    Rig rig(3, of);
    CHECK(rig.plan.next(rig.now).kind == Kind::take);
    CHECK(rig.plan.next(rig.now).kind == Kind::wait);
    rig.plan.took(rig.entries[rig.taken++]);
    CHECK(rig.pump().size() == 1);
    CHECK(rig.taken == 1);
}

TEST_CASE("what provably did nothing is tried again after a while, before new items", "[bulk_plan]") {
    auto of = limits();
    of.window.ceiling = 2;
    of.held = 2;
    Rig rig(10, of);
    auto const started = rig.pump();
    REQUIRE(started.size() == 2);
    CHECK(rig.plan.ended(*started[0], failure(Outcome::not_sent, Errc::write_failed), rig.now));
    CHECK(rig.plan.waiting() == 1);
    // It is held, and there is no room for another.
    CHECK(rig.pump().empty());
    CHECK(rig.taken == 2);
    auto const again = rig.wait();
    REQUIRE(again.size() == 1);
    CHECK(again[0] == started[0]);
    CHECK(again[0]->tries == 2);
}

TEST_CASE("the place of an item that was refused goes to another", "[bulk_plan]") {
    auto of = limits();
    of.window.ceiling = 2;
    Rig rig(10, of);
    auto const started = rig.pump();
    REQUIRE(started.size() == 2);
    CHECK(rig.plan.ended(*started[0], busy, rig.now));
    auto const next = rig.pump();
    REQUIRE(next.size() == 1);
    CHECK(next[0] != started[0]);
    CHECK(rig.plan.waiting() == 1);
}

TEST_CASE("a source that never waits is read ahead, and its items start in a random order", "[bulk_plan]") {
    auto of = limits();
    of.read_ahead = 1'000;
    of.held = 1'000;
    Rig rig(2'000, of);
    auto const started = rig.pump();
    CHECK(rig.taken == 1'000);
    REQUIRE(started.size() == 16);
    CHECK(std::ranges::max(started) - rig.entries.data() > 100);
    CHECK_FALSE(std::ranges::is_sorted(started));
}

TEST_CASE("Retry-After is waited for", "[bulk_plan]") {
    Rig rig(1);
    auto const started = rig.pump();
    auto end = failure(Outcome::rejected, Errc::rate_limited);
    end.retry_after = 30s;
    auto const before = rig.now;
    CHECK(rig.plan.ended(*started[0], end, rig.now));
    rig.pump();
    REQUIRE(rig.wait().size() == 1);
    CHECK(rig.now >= before + 30s);
}

TEST_CASE("only what provably did nothing and can succeed later is tried again", "[bulk_plan]") {
    struct Case {
        Outcome outcome;
        Errc error;
        bool repeats;
    };
    for (auto const& each :
         {Case{Outcome::rejected, Errc::busy, true}, Case{Outcome::rejected, Errc::rate_limited, true},
          Case{Outcome::not_sent, Errc::write_failed, true},
          Case{Outcome::not_sent, Errc::connect_failed, true}, Case{Outcome::not_sent, Errc::deadline, false},
          Case{Outcome::not_sent, Errc::cancelled, false},
          Case{Outcome::not_sent, Errc::invalid_argument, false},
          Case{Outcome::rejected, Errc::conflict, false}, Case{Outcome::rejected, Errc::not_found, false},
          Case{Outcome::unknown, Errc::reset, false}, Case{Outcome::unknown, Errc::timeout, false}}) {
        CAPTURE(to_string(each.error));
        Rig rig(1);
        auto const started = rig.pump();
        CHECK(rig.plan.ended(*started[0], failure(each.outcome, each.error), rig.now) == each.repeats);
    }
}

TEST_CASE("the caller may opt in to more retries, but not after its own cancellation", "[bulk_plan]") {
    auto of = limits();
    of.retry.retry_unknown = true;
    of.retry.retry_conflict = true;
    Rig rig(3, of);
    auto const started = rig.pump();
    CHECK(rig.plan.ended(*started[0], failure(Outcome::unknown, Errc::reset), rig.now));
    CHECK(rig.plan.ended(*started[1], failure(Outcome::rejected, Errc::conflict), rig.now));
    CHECK_FALSE(rig.plan.ended(*started[2], failure(Outcome::unknown, Errc::cancelled), rig.now));
}

TEST_CASE("an item has so many tries, and so much time for them", "[bulk_plan]") {
    auto of = limits();
    of.retry.max_attempts = 3;
    auto const broken = failure(Outcome::not_sent, Errc::write_failed);
    Rig rig(1, of);
    auto* const entry = rig.pump().at(0);
    for (int i = 0; i < 2; ++i) {
        CHECK(rig.plan.ended(*entry, broken, rig.now));
        rig.pump();
        rig.wait();
    }
    CHECK_FALSE(rig.plan.ended(*entry, broken, rig.now));

    of = limits();
    Rig late(1, of);
    auto* const slow = late.pump().at(0);
    CHECK(late.plan.time_left(*slow) == of.timeout);
    CHECK_FALSE(late.plan.ended(*slow, broken, late.now + of.timeout));
}

TEST_CASE("a busy node uses up neither an item's attempts nor its time", "[bulk_plan]") {
    auto of = limits();
    of.timeout = 1min;
    of.outage_timeout = 0s;
    Rig rig(1, of);
    auto* const entry = rig.pump().at(0);
    for (int i = 0; i < 20; ++i) {
        rig.now += 15s;
        REQUIRE(rig.plan.ended(*entry, busy, rig.now));
        if (rig.pump().empty())
            REQUIRE(rig.wait().size() == 1);
    }
    CHECK(rig.plan.time_left(*entry) == 1min);
    CHECK(entry->failures == 0);
    CHECK_FALSE(rig.plan.ended(*entry, created, rig.now));
}

TEST_CASE("an item is given up that was refused for too long in a row", "[bulk_plan]") {
    auto of = limits();
    of.busy_timeout = 10min;
    of.outage_timeout = 0s;
    Rig rig(1, of);
    auto* const entry = rig.pump().at(0);
    rig.now += 15s;
    auto const first = rig.now;
    while (rig.plan.ended(*entry, busy, rig.now)) {
        if (rig.pump().empty())
            REQUIRE(rig.wait().size() == 1);
        rig.now += 15s;
    }
    CHECK(rig.now - first > 9min);
    CHECK(rig.now - first < 11min);
    // At once where the server asks it to wait for longer than that.
    Rig asked(1, of);
    auto* const refused = asked.pump().at(0);
    auto end = failure(Outcome::rejected, Errc::rate_limited);
    end.retry_after = Duration::max();
    CHECK_FALSE(asked.plan.ended(*refused, end, asked.now));
}

namespace {

// How many requests a platform gets that always answers so, after a while each, until the run ends or
// `longest` is over.
std::size_t requests_to(TryEnd const& answer, Duration after, BulkLimits of, Duration longest) {
    Rig rig(1000, of);
    std::size_t posts = 0;
    auto started = rig.pump();
    while (rig.last.kind != Kind::finish && rig.now - TimePoint() < longest) {
        posts += started.size();
        rig.now += after;
        for (auto* const entry : started)
            (void)rig.plan.ended(*entry, answer, rig.now);
        started = rig.pump();
        if (started.empty() && rig.last.kind == Kind::wait)
            started = rig.wait();
    }
    return posts;
}

} // namespace

TEST_CASE("a platform that refuses everything gets few requests, and the run ends", "[bulk_plan]") {
    auto limited = failure(Outcome::rejected, Errc::rate_limited);
    limited.retry_after = 1s;
    for (auto const& answer : {busy, failure(Outcome::rejected, Errc::rate_limited), limited}) {
        for (auto const after : {Duration(1ms), Duration(15s)}) {
            for (std::size_t const read_ahead : {std::size_t{0}, std::size_t{10'000}}) {
                auto of = limits();
                of.read_ahead = read_ahead;
                CHECK(requests_to(answer, after, of, 24h) < 150);
                // However long it goes on.
                of.outage_timeout = 0s;
                CHECK(requests_to(answer, after, of, 24h * 365) < 400);
            }
        }
    }
}

TEST_CASE("a run ends when nothing got through for too long, and says what was the matter", "[bulk_plan]") {
    Rig rig(100);
    auto started = rig.pump();
    auto const begin = rig.now;
    while (rig.last.kind != Kind::finish) {
        rig.now += 10ms;
        for (auto* const entry : started)
            (void)rig.plan.ended(*entry, busy, rig.now);
        started = rig.pump();
        if (started.empty() && rig.last.kind == Kind::wait)
            started = rig.wait();
    }
    CHECK(rig.now - begin >= 5min);
    CHECK(rig.now - begin < 5min + 30s);
    CHECK(rig.plan.stopped_by() == Errc::busy);
    REQUIRE(rig.plan.stopping_outage());
    CHECK(rig.plan.stopping_outage()->error == Errc::busy);
    CHECK(rig.dropped.size() + rig.taken >= 100);
}

TEST_CASE("lost answers and a platform out of reach are outages, answers about sandboxes are not",
          "[bulk_plan]") {
    struct Case {
        TryEnd end;
        bool is_outage;
    };
    for (auto const& [end, is_outage] :
         {Case{busy, true}, Case{failure(Outcome::unknown, Errc::server_error), true},
          Case{failure(Outcome::unknown, Errc::reset), true}, Case{gone, false}, Case{created, false},
          Case{failure(Outcome::rejected, Errc::conflict), false},
          Case{failure(Outcome::not_sent, Errc::invalid_argument), false}}) {
        CAPTURE(to_string(end.error));
        Rig rig(200);
        for (auto* const entry : rig.pump())
            (void)rig.plan.ended(*entry, end, rig.now);
        CHECK(rig.plan.outage(rig.now).has_value() == is_outage);
    }
    Rig rig(200);
    auto const started = rig.pump();
    BulkOutage away;
    away.since = rig.now;
    away.error = Errc::connect_failed;
    away.next_try = rig.now + 5s;
    rig.plan.unreachable(away);
    REQUIRE(rig.plan.outage(rig.now));
    CHECK(rig.plan.outage(rig.now)->error == Errc::connect_failed);
    // What still gets through outweighs it.
    rig.now += 4min;
    CHECK_FALSE(rig.plan.ended(*started[0], created, rig.now));
    rig.now += 4min;
    rig.pump();
    CHECK_FALSE(rig.plan.stopping());
    rig.now += 1min;
    rig.pump();
    CHECK(rig.plan.stopping());
    CHECK(rig.plan.stopped_by() == Errc::connect_failed);
}

TEST_CASE("after an outage the window begins anew, and the run goes on", "[bulk_plan]") {
    Rig rig(1000);
    auto started = rig.pump();
    REQUIRE(started.size() == 16);
    rig.now += 1s;
    for (auto* const entry : started)
        (void)rig.plan.ended(*entry, busy, rig.now);
    CHECK(rig.plan.window() == 1);
    rig.pump();
    started = rig.wait();
    REQUIRE(started.size() == 1);
    rig.now += 1s;
    CHECK_FALSE(rig.plan.ended(*started[0], created, rig.now));
    CHECK_FALSE(rig.plan.outage(rig.now));
    CHECK(rig.pump().size() >= 12);
}

TEST_CASE("what cannot be sent uses no rate", "[bulk_plan]") {
    auto of = limits();
    of.starts_per_second = 0.01;
    Rig rig(100, of);
    auto started = rig.pump();
    std::size_t ended = 0;
    while (!started.empty()) {
        ended += started.size();
        for (auto* const entry : started)
            CHECK_FALSE(rig.plan.ended(*entry, failure(Outcome::not_sent, Errc::invalid_argument), rig.now));
        started = rig.pump();
    }
    CHECK(ended == 100);
}

TEST_CASE("limits of any size are no trouble", "[bulk_plan]") {
    auto of = limits();
    of.timeout = Duration::max();
    of.busy_timeout = Duration::max();
    of.outage_timeout = Duration::max();
    of.starts_per_second = 1e-12;
    of.retry.max_backoff = std::chrono::hours(24);
    Rig rig(100, of);
    rig.now = TimePoint() + 24h * 365 * 30;
    auto const started = rig.pump();
    REQUIRE(started.size() == 1);
    for (auto* const entry : started)
        CHECK(rig.plan.ended(*entry, busy, rig.now));
    CHECK(rig.pump().empty());
    CHECK(rig.last.kind == Kind::wait);
}

TEST_CASE("how long it will take counts those that wait for a busy node", "[bulk_plan]") {
    Rig rig(10'000);
    CHECK_FALSE(rig.plan.seconds_left(10'000, rig.now));
    for (int round = 0; round < 5; ++round) {
        auto const started = rig.pump();
        rig.now += 1s;
        for (auto* const entry : started)
            CHECK_FALSE(rig.plan.ended(*entry, created, rig.now));
    }
    auto const left = rig.plan.seconds_left(100, rig.now);
    REQUIRE(left);
    CHECK(*left > 0.5);
    CHECK(*left < 20);
    // Nobody knows when a node takes what it has refused so far.
    auto const started = rig.pump();
    CHECK(rig.plan.ended(*started.at(0), busy, rig.now));
    CHECK_FALSE(rig.plan.seconds_left(100, rig.now));
}

TEST_CASE("stopped, it starts nothing more and drops what waits", "[bulk_plan]") {
    Rig rig(100);
    auto const started = rig.pump();
    REQUIRE(started.size() == 16);
    CHECK(rig.plan.ended(*started[0], busy, rig.now));
    rig.plan.stop();
    CHECK(rig.pump().empty());
    CHECK(rig.dropped == std::vector<BulkEntry*>{started[0]});
    CHECK(rig.last.kind == Kind::wait);
    for (std::size_t i = 1; i < started.size(); ++i)
        CHECK_FALSE(rig.plan.ended(*started[i], i % 2 == 0 ? busy : created, rig.now));
    CHECK(rig.pump().empty());
    CHECK(rig.last.kind == Kind::finish);
    CHECK(rig.taken == 16);
}

TEST_CASE("stopped while the source is asked, it waits for the answer and drops it", "[bulk_plan]") {
    Rig rig(1);
    REQUIRE(rig.plan.next(rig.now).kind == Kind::take);
    rig.plan.stop();
    CHECK(rig.plan.next(rig.now).kind == Kind::wait);
    rig.plan.took(rig.entries[0]);
    CHECK(rig.plan.next(rig.now).kind == Kind::drop);
    CHECK(rig.plan.next(rig.now).kind == Kind::finish);
}

TEST_CASE("a failure that every item will meet stops the run", "[bulk_plan]") {
    auto unreachable = failure(Outcome::not_sent, Errc::dns_not_found);
    unreachable.fatal_dial = true;
    Rig away(100);
    CHECK_FALSE(away.plan.ended(*away.pump().at(0), unreachable, away.now));
    CHECK(away.plan.stopped_by() == Errc::dns_not_found);
    for (auto const error : {Errc::unauthorized, Errc::forbidden, Errc::tls_verify}) {
        Rig rig(100);
        auto const started = rig.pump();
        CHECK_FALSE(rig.plan.ended(*started[0], failure(Outcome::rejected, error), rig.now));
        CHECK(rig.plan.stopping());
        CHECK(rig.plan.stopped_by() == error);
    }
    auto of = limits();
    of.stop_on_fatal = false;
    Rig rig(100, of);
    auto const started = rig.pump();
    CHECK_FALSE(rig.plan.ended(*started[0], failure(Outcome::rejected, Errc::unauthorized), rig.now));
    CHECK_FALSE(rig.plan.stopping());
}

TEST_CASE("so many failures stop the run", "[bulk_plan]") {
    auto of = limits();
    of.stop_after_failures = 3;
    Rig rig(100, of);
    auto const started = rig.pump();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK_FALSE(rig.plan.stopping());
        CHECK_FALSE(rig.plan.ended(*started[i], gone, rig.now));
    }
    CHECK(rig.plan.stopping());
    CHECK(rig.plan.stopped_by() == Errc::not_found);
}
