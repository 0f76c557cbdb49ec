#include "cli/fleet/plan.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::cli;
using namespace std::chrono_literals;
using e2b::test::TemporaryFile;

namespace {

// A clock that is turned by hand.
struct Clock {
    Moment now() const {
        return {std::chrono::system_clock::time_point(1'000'000s) + passed,
                std::chrono::steady_clock::time_point(500s) + passed};
    }
    std::chrono::seconds passed{0};
};

Clock const clock_at_rest;

Source::Item line(std::string id, std::optional<std::string> name = std::nullopt, std::size_t number = 1) {
    return {SnapshotRequest(std::move(id), std::move(name)), number};
}

FleetPlan::Step take(FleetPlan& plan, std::string id, std::optional<std::string> name = std::nullopt) {
    return plan.take(line(std::move(id), std::move(name)), clock_at_rest.now());
}

FleetPlan::Ended end(FleetPlan& plan, BulkItem const& item, Result<SnapshotInfo> result) {
    plan.begin_try(item, clock_at_rest.now());
    return plan.ended(BulkResult(item, std::move(result)), clock_at_rest.now());
}

Result<SnapshotInfo> created(std::string id = "s:default") {
    return Result<SnapshotInfo>(SnapshotInfo(std::move(id), {}), 1, 10ms);
}

Failure failure(Outcome outcome, Errc error, unsigned attempts = 1) {
    Failure result(outcome, error, Phase::first_byte);
    result.attempts = attempts;
    return result;
}

Failure lost() {
    return failure(Outcome::unknown, Errc::reset);
}

// Its response may come late.
Failure cut() {
    return failure(Outcome::unknown, Errc::cancelled);
}

LateNews late_created(std::string id) {
    LateNews news;
    news.sandbox_id = std::move(id);
    news.outcome = Outcome::created;
    news.snapshot = SnapshotInfo("late:default", {});
    news.late = 3s;
    return news;
}

LateNews late_failure(std::string id, Outcome outcome, Errc error) {
    LateNews news;
    news.sandbox_id = std::move(id);
    news.outcome = outcome;
    news.failure = failure(outcome, error);
    return news;
}

Reconciliation found(Reconciliation::Finding finding) {
    Reconciliation answer;
    answer.finding = finding;
    answer.reason = "so say the lists";
    if (finding == Reconciliation::Finding::created)
        answer.snapshot = SnapshotInfo("found:default", {});
    return answer;
}

FleetPlan::Rules reconciling() {
    FleetPlan::Rules rules;
    rules.reconciles = true;
    return rules;
}

// A journal with these lines, as an earlier run left it.
JournalState journal(std::string const& lines) {
    TemporaryFile const file(lines);
    JournalState state;
    state.load(file.path());
    return state;
}

std::string tried(std::string const& id, unsigned copy = 1) {
    return to_text(TryLine{SnapshotRequest(id), copy, std::chrono::system_clock::time_point(900'000s),
                           std::vector<std::string>{"old"}});
}

std::string ended(std::string const& id, Outcome outcome, Errc error = Errc(), unsigned copy = 1) {
    Record record;
    record.sandbox_id = id;
    record.copy = copy;
    record.outcome = outcome;
    record.attempts = 1;
    record.elapsed = 5ms;
    if (outcome != Outcome::created)
        record.error = Record::Error{error, ""};
    return to_text(EndLine{record});
}

} // namespace

TEST_CASE("an item is sent, and its end is its record", "[cli][plan]") {
    FleetPlan plan({});
    auto const step = plan.take(line("iabc", "nightly", 7), clock_at_rest.now());
    REQUIRE(step.send);
    CHECK(step.send->request.sandbox_id == "iabc");
    CHECK(step.send->request.name == "nightly");
    auto const ended = end(plan, *step.send, created());
    REQUIRE(ended.record);
    CHECK(ended.record->line == 7);
    CHECK(ended.record->name == "nightly");
    CHECK(ended.record->outcome == Outcome::created);
    CHECK(ended.record->started_at == clock_at_rest.now().wall);
    CHECK(ended.record->ended_at == clock_at_rest.now().wall);
    CHECK_FALSE(plan.may_send_more());
    CHECK(plan.give_up().empty());
}

TEST_CASE("what was noted as a try, and then was not sent, is noted as having done nothing", "[cli][plan]") {
    FleetPlan plan({});
    auto const item = *take(plan, "iabc").send;
    auto const stopped = failure(Outcome::not_sent, Errc::cancelled, 0);
    auto const ended = end(plan, item, stopped);
    REQUIRE(ended.record);
    CHECK_FALSE(ended.record->started_at); // nothing was sent
    REQUIRE(ended.refused);
    CHECK(ended.refused->request.sandbox_id == "iabc");
    CHECK_FALSE(ended.refused->sent);
    // Nothing was noted of what was not even begun.
    auto const other = *take(plan, "idef").send;
    CHECK_FALSE(plan.ended(BulkResult(other, stopped), clock_at_rest.now()).refused);
}

TEST_CASE("a record says when its last try began and when it ended", "[cli][plan]") {
    FleetPlan plan({});
    Clock clock;
    auto const item = *take(plan, "iabc").send;
    plan.begin_try(item, clock.now());
    clock.passed = 3s; // refused, and tried again
    plan.begin_try(item, clock.now());
    clock.passed = 10s;
    auto const record = *plan.ended(BulkResult(item, created()), clock.now()).record;
    CHECK(record.started_at == Clock{3s}.now().wall);
    CHECK(record.ended_at == Clock{10s}.now().wall);
    auto const never_tried = *take(plan, "idef").send;
    auto const cancelled = failure(Outcome::not_sent, Errc::cancelled, 0);
    CHECK_FALSE(plan.ended(BulkResult(never_tried, cancelled), clock.now()).record->started_at);
}

TEST_CASE("a line that cannot be understood is a record", "[cli][plan]") {
    FleetPlan plan({});
    auto const step = plan.take({MalformedLine{"i", "name: must be a string"}, 4}, clock_at_rest.now());
    REQUIRE(step.record);
    CHECK(step.record->line == 4);
    CHECK(step.record->sandbox_id == "i");
    CHECK(step.record->error->code == Errc::invalid_argument);
}

TEST_CASE("items of other shards are left to them", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.shard = FleetShard{0, 2};
    FleetPlan plan(rules);
    int sent = 0;
    for (int i = 0; i < 200; ++i)
        sent += take(plan, "i" + std::to_string(i)).send ? 1 : 0;
    CHECK(sent > 50);
    CHECK(plan.counts().of_other_shards == static_cast<std::uint64_t>(200 - sent));
}

TEST_CASE("a name template names what has no name", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.names = NameTemplate("{sandbox}:{run}");
    rules.run.id = "0badcafe";
    FleetPlan plan(rules);
    auto const item = *take(plan, "iabc").send;
    CHECK(item.request.name == "iabc:0badcafe");
    CHECK(end(plan, item, created()).record->uniqueness == NameUniqueness::tag);
    auto const named = *take(plan, "idef", "own").send;
    CHECK(named.request.name == "own");
    CHECK(end(plan, named, created()).record->uniqueness == NameUniqueness::none);
}

TEST_CASE("a name that takes no unique tag is a record, and the others go on", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.unique_tags = true;
    rules.names.emplace("{sandbox}-" + std::string(229, 'x'));
    FleetPlan plan(std::move(rules));
    auto const tagged = take(plan, "ione", "nightly:v1");
    REQUIRE(tagged.record);
    CHECK_FALSE(tagged.send);
    CHECK(tagged.record->outcome == Outcome::not_sent);
    CHECK(tagged.record->sandbox_id == "ione");
    CHECK(tagged.record->error->message == "name: has a tag already");
    CHECK(take(plan, "itwothree").record);
    CHECK(take(plan, "i").send);
}

TEST_CASE("each name gets a tag of its own where that is wanted", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.names = NameTemplate("nightly");
    rules.unique_tags = true;
    FleetPlan plan(rules);
    auto const first = *take(plan, "ione").send;
    CHECK(first.request.name->starts_with("nightly:u"));
    CHECK(end(plan, first, created()).record->uniqueness == NameUniqueness::tag);
    CHECK(take(plan, "itwo").send->request.name != first.request.name);
}

TEST_CASE("where all share one alias, one is sent alone until it was made", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.names = NameTemplate("fleet:{sandbox}");
    FleetPlan plan(rules);
    CHECK_FALSE(plan.must_wait());
    auto const first = *take(plan, "ione").send;
    CHECK(plan.must_wait());
    end(plan, first, failure(Outcome::rejected, Errc::not_found));
    CHECK_FALSE(plan.must_wait());
    auto const second = *take(plan, "itwo").send;
    CHECK(plan.must_wait());
    end(plan, second, created());
    CHECK_FALSE(plan.must_wait());
    take(plan, "ithree");
    CHECK_FALSE(plan.must_wait());
    FleetPlan other(rules);
    take(other, "ione");
    other.stop();
    CHECK_FALSE(other.must_wait());
}

TEST_CASE("a warning says once that names of a list share an alias", "[cli][plan]") {
    FleetPlan plan({});
    CHECK_FALSE(take(plan, "ione", "a:1").warning);
    CHECK_FALSE(take(plan, "itwo", "b:1").warning);
    CHECK(take(plan, "ithree", "b:2").warning);
    CHECK_FALSE(take(plan, "ifour", "b:3").warning);
}

TEST_CASE("the lines of one sandbox are sent one after another", "[cli][plan]") {
    FleetPlan plan({});
    auto const first = *take(plan, "iabc").send;
    auto const second = take(plan, "iabc", "named");
    CHECK_FALSE(second.send);
    CHECK_FALSE(take(plan, "iabc").send);
    CHECK(take(plan, "idef").send);
    CHECK(plan.held() == 2);
    CHECK_FALSE(plan.take_waiting());
    end(plan, first, failure(Outcome::rejected, Errc::conflict));
    auto const next = plan.take_waiting();
    REQUIRE(next);
    REQUIRE(next->send);
    CHECK(next->send->request.name == "named");
    CHECK_FALSE(plan.take_waiting());
    end(plan, *next->send, created());
    auto const last = *plan.take_waiting()->send;
    CHECK(end(plan, last, created()).record->copy == 2);
    CHECK(plan.counts().listed_again == 1);
    CHECK(plan.counts().further_lines == 2);
}

TEST_CASE("each sandbox once where that is wanted", "[cli][plan]") {
    FleetPlan::Rules rules;
    rules.each_once = true;
    FleetPlan plan(rules);
    CHECK(take(plan, "iabc").send);
    auto const again = take(plan, "iabc", "other");
    CHECK_FALSE(again.send);
    CHECK_FALSE(again.record);
    CHECK(plan.counts().repeated == 1);
    CHECK(plan.held() == 0);
}

TEST_CASE("without reconciling, what got no answer stays unknown", "[cli][plan]") {
    FleetPlan plan({});
    auto const item = *take(plan, "iabc").send;
    CHECK_FALSE(plan.wants_baseline(item));
    auto const ended = end(plan, item, lost());
    REQUIRE(ended.record);
    CHECK(ended.record->outcome == Outcome::unknown);
    CHECK_FALSE(ended.ask);
}

TEST_CASE("a baseline is looked up once, and for what has no name", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const item = *take(plan, "iabc").send;
    CHECK(plan.wants_baseline(item));
    plan.set_baseline(item, std::vector<std::string>{"old"});
    CHECK_FALSE(plan.wants_baseline(item));
    CHECK(plan.begin_try(item, clock_at_rest.now()).baseline == std::vector<std::string>{"old"});
    CHECK_FALSE(plan.wants_baseline(*take(plan, "idef", "named").send));
}

TEST_CASE("what got no answer is asked for, from the moment of its end on", "[cli][plan]") {
    FleetPlan plan(reconciling());
    Clock clock;
    auto const item = *take(plan, "iabc").send;
    plan.set_baseline(item, std::vector<std::string>{"old"});
    plan.begin_try(item, clock.now());
    clock.passed = 60s;
    auto const ended = plan.ended(BulkResult(item, lost()), clock.now());
    REQUIRE(ended.ask);
    CHECK_FALSE(ended.record);
    CHECK(ended.ask->request.started_at == clock.now().wall);
    CHECK(ended.ask->began == clock.now().steady);
    CHECK(ended.ask->request.baseline == std::vector<std::string>{"old"});
    CHECK(plan.asked() == 1);
    CHECK(plan.may_send_more());
    auto const answered = plan.answered(*ended.ask, found(Reconciliation::Finding::created), clock.now());
    REQUIRE(answered.record);
    CHECK_FALSE(answered.refused);
    CHECK(answered.record->outcome == Outcome::created);
    CHECK(answered.record->snapshot_id == "found:default");
    CHECK_FALSE(answered.record->error);
    CHECK_FALSE(plan.may_send_more());
}

TEST_CASE("after the end of the list, more is sent only where something may have done nothing",
          "[cli][plan]") {
    FleetPlan plain({});
    auto const item = *take(plain, "iabc").send;
    CHECK_FALSE(plain.may_send_more());
    CHECK_FALSE(take(plain, "iabc").send);
    CHECK(plain.may_send_more());
    end(plain, item, created());
    CHECK(plain.may_send_more());
    end(plain, *plain.take_waiting()->send, created());
    CHECK_FALSE(plain.may_send_more());
    FleetPlan asking(reconciling());
    auto const lone = *take(asking, "iabc").send;
    CHECK(asking.may_send_more());
    end(asking, lone, created());
    CHECK_FALSE(asking.may_send_more());
}

TEST_CASE("what nobody can tell stays unknown, with the reason", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const item = *take(plan, "iabc").send;
    auto const question = *end(plan, item, lost()).ask;
    auto const answered =
        plan.answered(question, found(Reconciliation::Finding::unknown), clock_at_rest.now());
    REQUIRE(answered.record);
    CHECK(answered.record->outcome == Outcome::unknown);
    CHECK(answered.record->error->message.ends_with("; so say the lists"));
}

TEST_CASE("what did nothing is sent again, four times in all", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto item = *take(plan, "iabc").send;
    for (int send = 1; send <= 4; ++send) {
        auto const question = *end(plan, item, lost()).ask;
        auto const answered =
            plan.answered(question, found(Reconciliation::Finding::not_created), clock_at_rest.now());
        REQUIRE(answered.refused);
        CHECK(answered.refused->error.code == Errc::reset);
        CHECK(answered.record.has_value() == (send == 4));
        if (send == 4) {
            CHECK(answered.record->outcome == Outcome::rejected);
            CHECK(answered.record->attempts == 4);
        } else {
            item = *plan.take_waiting()->send;
        }
    }
    CHECK_FALSE(plan.may_send_more());
    CHECK(plan.counts().attempts == 4);
    CHECK(plan.counts().retries == 3);
}

TEST_CASE("what did nothing because its sandbox is gone is not sent again", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const question = *end(plan, *take(plan, "iabc").send, lost()).ask;
    auto answer = found(Reconciliation::Finding::not_created);
    answer.sandbox = Reconciliation::Sandbox::gone;
    auto const answered = plan.answered(question, answer, clock_at_rest.now());
    REQUIRE(answered.record);
    CHECK_FALSE(answered.refused);
    CHECK(answered.record->outcome == Outcome::rejected);
}

TEST_CASE("nobody sends to a sandbox whose lost request is being found out", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const question = *end(plan, *take(plan, "iabc").send, lost()).ask;
    CHECK_FALSE(take(plan, "iabc").send);
    CHECK_FALSE(plan.take_waiting());
    plan.answered(question, found(Reconciliation::Finding::created), clock_at_rest.now());
    CHECK(plan.take_waiting()->send);
}

TEST_CASE("stopped, nothing is sent again, and all has its record", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const undone = *end(plan, *take(plan, "iabc").send, lost()).ask;
    auto const late = *end(plan, *take(plan, "idef").send, lost()).ask;
    take(plan, "iabc", "waits");
    CHECK(plan.answered(undone, found(Reconciliation::Finding::not_created), clock_at_rest.now()).refused);
    plan.stop();
    CHECK_FALSE(plan.take_waiting());
    auto const answered =
        plan.answered(late, found(Reconciliation::Finding::not_created), clock_at_rest.now());
    CHECK(answered.record);
    CHECK(answered.refused);
    auto const records = plan.give_up();
    REQUIRE(records.size() == 2);
    CHECK(records[0].outcome == Outcome::rejected);
    CHECK(records[1].outcome == Outcome::not_sent);
    CHECK(records[1].name == "waits");
    CHECK(records[1].error->code == Errc::cancelled);
    CHECK_FALSE(plan.may_send_more());
}

TEST_CASE("what was left because of a failure has its code", "[cli][plan]") {
    FleetPlan plan({});
    auto const begun = *take(plan, "iabc").send;
    take(plan, "iabc", "waits");
    auto const stopped = failure(Outcome::not_sent, Errc::cancelled, 0);
    plan.stop(Record::Error{Errc::connect_failed, "the run was stopped: API unreachable"});
    plan.stop(); // also for another reason
    auto const left = end(plan, begun, stopped);
    CHECK(left.record->outcome == Outcome::not_sent);
    CHECK(left.record->error->code == Errc::connect_failed);
    CHECK(left.record->error->message == "the run was stopped: API unreachable");
    CHECK(left.record->was_left);
    CHECK_FALSE(left.refused->sent);
    auto const records = plan.give_up();
    REQUIRE(records.size() == 1);
    CHECK(records[0].error->code == Errc::connect_failed);
    CHECK(records[0].was_left);
}

TEST_CASE("a failure of its own is no item's that was left", "[cli][plan]") {
    FleetPlan plan({});
    auto const one = *take(plan, "iabc").send;
    auto const other = *take(plan, "idef").send;
    plan.stop(Record::Error{Errc::unauthorized, "the run was stopped: another item failed"});
    auto const failed = end(plan, one, failure(Outcome::rejected, Errc::unauthorized));
    CHECK(failed.record->error->message != "the run was stopped: another item failed");
    CHECK_FALSE(failed.record->was_left);
    // What was sent and cut may have made a snapshot.
    CHECK(end(plan, other, cut()).note->record.error->code == Errc::cancelled);
}

TEST_CASE("resumed, what an earlier run has dealt with is left out", "[cli][plan]") {
    auto const before = journal(tried("imade") + ended("imade", Outcome::created) + tried("igone") +
                                ended("igone", Outcome::rejected, Errc::not_found) + tried("ibusy") +
                                ended("ibusy", Outcome::rejected, Errc::busy));
    FleetPlan::Rules rules;
    rules.before = &before;
    FleetPlan plan(rules);
    CHECK_FALSE(take(plan, "imade").send);
    CHECK_FALSE(take(plan, "igone").send);
    CHECK(take(plan, "ibusy").send);
    CHECK(take(plan, "inew").send);
    CHECK(plan.counts().created_before == 1);
    CHECK(plan.counts().failed_before == 1);
}

TEST_CASE("resumed, the unknown is recorded, sent again, or asked for, as the rules say", "[cli][plan]") {
    auto const before = journal(tried("icut"));
    FleetPlan::Rules rules;
    rules.before = &before;
    rules.call_timeout = 300s;
    FleetPlan recording(rules);
    auto const step = take(recording, "icut");
    REQUIRE(step.record);
    CHECK(step.record->outcome == Outcome::unknown);
    CHECK(step.record->error->code == Errc::cancelled);
    CHECK(step.record->started_at == std::chrono::system_clock::time_point(900'000s));
    CHECK(step.record->ended_at == std::chrono::system_clock::time_point(900'300s));
    rules.retry_unknown = true;
    FleetPlan sending(rules);
    CHECK(take(sending, "icut").send);
    rules.retry_unknown = false;
    rules.reconciles = true;
    FleetPlan asking(rules);
    auto const asked = take(asking, "icut");
    REQUIRE(asked.ask);
    CHECK(asked.ask->request.started_at == std::chrono::system_clock::time_point(900'300s));
    CHECK(asked.ask->request.baseline == std::vector<std::string>{"old"});
    CHECK_FALSE(asked.ask->began);
    // What is found not to exist is sent by this run.
    asking.answered(*asked.ask, found(Reconciliation::Finding::not_created), clock_at_rest.now());
    CHECK(asking.take_waiting()->send);
}

TEST_CASE("resumed, a record counts the tries of all runs, and says how long the last took", "[cli][plan]") {
    auto const before =
        journal(tried("icut") + tried("ilost") + ended("ilost", Outcome::unknown, Errc::reset) +
                tried("ibusy") + ended("ibusy", Outcome::rejected, Errc::busy));
    auto rules = reconciling();
    rules.before = &before;
    FleetPlan plan(rules);
    auto const answer = [&](Question const& question, Reconciliation::Finding finding) {
        return plan.answered(question, found(finding), clock_at_rest.now());
    };
    auto const cut = *answer(*take(plan, "icut").ask, Reconciliation::Finding::created).record;
    CHECK(cut.attempts == 1);
    CHECK_FALSE(cut.elapsed);
    auto const lost = *answer(*take(plan, "ilost").ask, Reconciliation::Finding::unknown).record;
    CHECK(lost.attempts == 1);
    CHECK(lost.elapsed == 5ms);
    CHECK(end(plan, *take(plan, "ibusy").send, created()).record->attempts == 2);
    CHECK(plan.counts().attempts == 1); // of this run
}

TEST_CASE("resumed, equal lines are dealt with each for itself", "[cli][plan]") {
    auto const before = journal(tried("iabc") + ended("iabc", Outcome::created) + tried("iabc", 2) +
                                ended("iabc", Outcome::rejected, Errc::busy, 2));
    FleetPlan::Rules rules;
    rules.before = &before;
    FleetPlan plan(rules);
    CHECK_FALSE(take(plan, "iabc").send);
    auto const second = take(plan, "iabc");
    REQUIRE(second.send);
    CHECK(plan.begin_try(*second.send, clock_at_rest.now()).copy == 2);
    end(plan, *second.send, created());
    auto const third = take(plan, "iabc");
    REQUIRE(third.send);
    CHECK(plan.begin_try(*third.send, clock_at_rest.now()).copy == 3);
}

TEST_CASE("a line that is asked for waits for the line before it", "[cli][plan]") {
    auto const before = journal(tried("iabc", 2));
    auto rules = reconciling();
    rules.before = &before;
    FleetPlan plan(rules);
    auto const first = *take(plan, "iabc").send;
    auto const second = take(plan, "iabc");
    CHECK_FALSE(second.ask);
    CHECK_FALSE(second.send);
    end(plan, first, created());
    CHECK(plan.take_waiting()->ask);
}

TEST_CASE("a response that may come late is awaited, and its truth is the record", "[cli][plan]") {
    FleetPlan plan({});
    auto const ended = end(plan, *take(plan, "iabc").send, cut());
    CHECK_FALSE(ended.record);
    REQUIRE(ended.note); // a run that is resumed knows that it ended
    CHECK(ended.note->record.outcome == Outcome::unknown);
    CHECK(plan.awaiting() == 1);
    CHECK_FALSE(plan.late(late_created("iother"), clock_at_rest.now()).record);
    auto const late = plan.late(late_created("iabc"), clock_at_rest.now());
    REQUIRE(late.record);
    CHECK(late.record->outcome == Outcome::created);
    CHECK(late.record->snapshot_id == "late:default");
    CHECK_FALSE(late.record->error);
    CHECK(late.record->http_status == 201);
    CHECK(late.record->elapsed == 3s);
    CHECK(plan.awaiting() == 0);
    CHECK_FALSE(plan.may_send_more());
}

TEST_CASE("nobody sends to a sandbox whose response may come late", "[cli][plan]") {
    FleetPlan plan({});
    end(plan, *take(plan, "iabc").send, cut());
    CHECK_FALSE(take(plan, "iabc").send);
    CHECK_FALSE(plan.take_waiting());
    plan.late(late_created("iabc"), clock_at_rest.now());
    CHECK(plan.take_waiting()->send);
}

TEST_CASE("what a late response refuses as busy is sent again", "[cli][plan]") {
    FleetPlan plan({});
    auto const item = *take(plan, "iabc").send;
    end(plan, item, cut());
    auto const late = plan.late(late_failure("iabc", Outcome::rejected, Errc::busy), clock_at_rest.now());
    CHECK_FALSE(late.record);
    REQUIRE(late.refused);
    CHECK(late.refused->error.code == Errc::busy);
    auto const again = plan.take_waiting();
    REQUIRE(again);
    REQUIRE(end(plan, *again->send, created()).record);
}

TEST_CASE("what a late response refuses for good is so recorded", "[cli][plan]") {
    FleetPlan plan({});
    end(plan, *take(plan, "iabc").send, cut());
    auto const late =
        plan.late(late_failure("iabc", Outcome::rejected, Errc::not_found), clock_at_rest.now());
    REQUIRE(late.record);
    CHECK_FALSE(late.refused);
    CHECK(late.record->outcome == Outcome::rejected);
    CHECK(late.record->error->code == Errc::not_found);
}

TEST_CASE("a response that does not come late either leaves what was known", "[cli][plan]") {
    FleetPlan plan({});
    end(plan, *take(plan, "iabc").send, cut());
    auto const late = plan.late(late_failure("iabc", Outcome::unknown, Errc::reset), clock_at_rest.now());
    REQUIRE(late.record);
    CHECK(late.record->outcome == Outcome::unknown);
    CHECK(late.record->error->code == Errc::cancelled);
    end(plan, *take(plan, "idef").send, cut());
    auto const released = plan.release();
    REQUIRE(released.size() == 1);
    CHECK(released.front().outcome == Outcome::unknown);
    CHECK_FALSE(plan.may_send_more());
}

TEST_CASE("a late response that is told before its call's end counts all the same", "[cli][plan]") {
    FleetPlan plan({});
    auto const item = *take(plan, "iabc").send;
    CHECK_FALSE(plan.late(late_created("iabc"), clock_at_rest.now()).record);
    auto const ended = end(plan, item, cut());
    REQUIRE(ended.record);
    CHECK(ended.record->outcome == Outcome::created);
    CHECK(plan.awaiting() == 0);
}

TEST_CASE("a late response answers the question that was to be asked", "[cli][plan]") {
    FleetPlan plan(reconciling());
    auto const question = *end(plan, *take(plan, "iabc").send, cut()).ask;
    CHECK_FALSE(
        plan.late(late_failure("iabc", Outcome::unknown, Errc::reset), clock_at_rest.now()).withdrawn);
    auto const late = plan.late(late_created("iabc"), clock_at_rest.now());
    REQUIRE(late.record);
    CHECK(late.withdrawn == question.tag);
    CHECK(plan.asked() == 0);
    CHECK_FALSE(plan.may_send_more());
}

// Whatever happens in whatever order: each line has one record at the end, no two requests for one sandbox
// are under way at a time, and nothing is begun after a stop.
TEST_CASE("random runs keep the plan's promises", "[cli][plan]") {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        std::mt19937 random(seed);
        auto const one_in = [&random](unsigned n) { return random() % n == 0; };
        auto rules = one_in(2) ? reconciling() : FleetPlan::Rules();
        rules.each_once = one_in(4);
        if (one_in(4))
            rules.names = NameTemplate("fleet:{sandbox}");
        FleetPlan plan(rules);
        std::size_t const lines = 1 + random() % 40;
        std::size_t read = 0;
        std::size_t records = 0;
        std::vector<BulkItem> in_flight;
        std::vector<Question> asked;
        std::set<std::string> awaited;
        std::set<std::string> busy;
        bool stopped = false;
        auto const begin = [&](FleetPlan::Step step) {
            records += step.record ? 1 : 0;
            if (step.send) {
                REQUIRE(busy.insert(step.send->request.sandbox_id).second);
                in_flight.push_back(*step.send);
            }
            if (step.ask)
                asked.push_back(*step.ask);
        };
        auto const pick = [&random](auto& from) {
            auto const at = from.begin() + static_cast<std::ptrdiff_t>(random() % from.size());
            auto const value = *at;
            from.erase(at);
            return value;
        };
        while (read < lines || !in_flight.empty() || !asked.empty() || !awaited.empty() ||
               (plan.held() > 0 && !stopped)) {
            if (!stopped && one_in(200)) {
                stopped = true;
                plan.stop();
            }
            bool const may_take = !plan.must_wait();
            if (may_take && read < lines && one_in(2)) {
                ++read;
                auto step = plan.take(line("i" + std::to_string(random() % 12)), clock_at_rest.now());
                begin(std::move(step));
            } else if (auto step = may_take ? plan.take_waiting() : std::nullopt) {
                REQUIRE_FALSE(stopped);
                begin(std::move(*step));
            } else if (!in_flight.empty()) {
                auto const item = pick(in_flight);
                auto result = one_in(2)   ? created()
                              : one_in(2) ? Result<SnapshotInfo>(one_in(2) ? lost() : cut())
                                          : failure(Outcome::rejected, Errc::conflict);
                auto const over = end(plan, item, std::move(result));
                if (over.record) {
                    ++records;
                    busy.erase(item.request.sandbox_id);
                } else if (over.ask) {
                    asked.push_back(*over.ask);
                } else {
                    awaited.insert(item.request.sandbox_id);
                }
            } else if (!awaited.empty() && one_in(2)) {
                auto const id = *awaited.begin();
                awaited.erase(id);
                auto news = one_in(2)   ? late_created(id)
                            : one_in(2) ? late_failure(id, Outcome::rejected, Errc::busy)
                                        : late_failure(id, Outcome::unknown, Errc::reset);
                if (rules.names)
                    news.name = "fleet:" + id;
                records += plan.late(std::move(news), clock_at_rest.now()).record ? 1 : 0;
                busy.erase(id);
            } else if (!awaited.empty() && one_in(20)) {
                records += plan.release().size();
                for (auto const& id : awaited)
                    busy.erase(id);
                awaited.clear();
            } else if (!asked.empty()) {
                auto const question = pick(asked);
                using Finding = Reconciliation::Finding;
                auto const finding = one_in(2)   ? Finding::not_created
                                     : one_in(2) ? Finding::created
                                                 : Finding::unknown;
                auto const answered = plan.answered(question, found(finding), clock_at_rest.now());
                records += answered.record ? 1 : 0;
                busy.erase(question.request.request.sandbox_id);
            }
        }
        plan.stop();
        records += plan.give_up().size();
        CAPTURE(seed);
        CHECK(records + plan.counts().repeated == lines);
        CHECK_FALSE(plan.may_send_more());
    }
}
