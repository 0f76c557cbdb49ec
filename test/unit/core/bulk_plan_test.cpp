#include "core/bulk_plan.hpp"
#include "support/catch.hpp"

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
    // The moment that the plan waits for.
    std::vector<BulkEntry*> wait() {
        REQUIRE(last.until);
        now = *last.until;
        return pump();
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
    Rig rig(10, of);
    auto const started = rig.pump();
    REQUIRE(started.size() == 2);
    CHECK(rig.plan.ended(*started[0], failure(Outcome::not_sent, Errc::write_failed), rig.now));
    CHECK(rig.plan.waiting() == 1);
    // Held back, it counts against the ceiling.
    CHECK(rig.pump().empty());
    CHECK(rig.taken == 2);
    auto const again = rig.wait();
    REQUIRE(again.size() == 1);
    CHECK(again[0] == started[0]);
    CHECK(again[0]->tries == 2);
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

TEST_CASE("an item has so many tries, and so much time", "[bulk_plan]") {
    auto of = limits();
    of.retry.max_attempts = 3;
    Rig rig(1, of);
    auto* const entry = rig.pump().at(0);
    for (int i = 0; i < 2; ++i) {
        CHECK(rig.plan.ended(*entry, busy, rig.now));
        rig.pump();
        rig.wait();
    }
    CHECK_FALSE(rig.plan.ended(*entry, busy, rig.now));

    of = limits();
    Rig late(1, of);
    auto* const slow = late.pump().at(0);
    CHECK_FALSE(late.plan.ended(*slow, busy, late.now + of.timeout));
    Rig asked(1, of);
    auto* const refused = asked.pump().at(0);
    auto end = failure(Outcome::rejected, Errc::rate_limited);
    end.retry_after = std::chrono::seconds::max() / 2'000'000'000;
    CHECK_FALSE(asked.plan.ended(*refused, end, asked.now));
}

TEST_CASE("a platform that refuses everything gets few requests more than there are items", "[bulk_plan]") {
    Rig rig(1000);
    std::size_t posts = 0;
    auto started = rig.pump();
    while (rig.last.kind != Kind::finish) {
        posts += started.size();
        for (auto* const entry : started) {
            rig.now += 1ms;
            (void)rig.plan.ended(*entry, failure(Outcome::rejected, Errc::rate_limited), rig.now);
        }
        started = rig.pump();
        if (started.empty() && rig.last.kind == Kind::wait)
            started = rig.wait();
    }
    CHECK(posts >= 1000);
    CHECK(posts <= 1200);
    CHECK(rig.now - TimePoint() < 2min);
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
    for (auto const error : {Errc::unauthorized, Errc::forbidden, Errc::tls_verify, Errc::no_such_endpoint}) {
        Rig rig(100);
        auto const started = rig.pump();
        CHECK_FALSE(rig.plan.ended(*started[0], failure(Outcome::rejected, error), rig.now));
        CHECK(rig.plan.stopping());
        CHECK(rig.plan.stopped_by() == error);
    }
    auto of = limits();
    of.stop_on_hopeless = false;
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
