#include "cli/sending.hpp"

#include "cli/list_source.hpp"
#include "cli/reconciler.hpp"
#include "cli/run.hpp"

#include <string>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// What turned out not to exist is sent again this often: a network that loses one answer in twenty loses
// three in a row of one item in 8,000.
constexpr int most_rounds = 4;

Record record_of(BulkResult ended) {
    auto& request = ended.item.request;
    auto record = make_record(std::move(request.sandbox_id), std::move(ended.result),
                              static_cast<std::size_t>(ended.item.tag));
    record.name = std::move(request.name);
    record.memory = request.memory;
    record.last_try = ended.last_try;
    return record;
}

// What was found out, in place of "unknown".
Record answered(Record record, Reconciliation answer) {
    if (answer.finding == Reconciliation::Finding::created) {
        record.outcome = Outcome::created;
        record.snapshot_id = std::move(answer.snapshot->snapshot_id);
        record.names = std::move(answer.snapshot->names);
        record.error.reset();
        return record;
    }
    if (answer.finding == Reconciliation::Finding::not_created)
        record.outcome = Outcome::rejected;
    if (record.error)
        record.error->message += "; " + answer.reason;
    return record;
}

} // namespace

Sending::Sending(Session& session, SendPlan plan)
    : session_(session),
      plan_(std::move(plan)),
      recorder_(session.console(), plan_.records) {
    if (plan_.journal)
        journal_.emplace(session.executor(), *plan_.journal);
    identity_ = journal_ ? journal_->run() : RunIdentity::make();
    if (!journal_ && !plan_.reconciles)
        return;
    preparation_ =
        std::make_shared<Preparation>(session.client(), journal_ ? &*journal_ : nullptr, plan_.reconciles);
    plan_.run.journal = preparation_;
}

asio::awaitable<void> Sending::send(Source& source) {
    try {
        co_await send_rounds(source);
    } catch (...) {
        // What might have been found out remains unknown, but is not lost.
        for (auto const& item : std::exchange(unanswered_, {}))
            record(item.record);
        give_up_undone();
        throw;
    }
}

asio::awaitable<void> Sending::send_rounds(Source& source) {
    co_await send_round(source, true);
    for (int round = 1; !unanswered_.empty(); ++round) {
        co_await find_out();
        if (round == most_rounds || stopped())
            give_up_undone();
        if (undone_.empty())
            break;
        std::vector<SnapshotRequest> again;
        for (auto& item : std::exchange(undone_, {}))
            again.push_back(std::move(item.request));
        ListSource list(std::move(again));
        co_await send_round(list, false);
    }
}

asio::awaitable<void> Sending::finish() {
    if (journal_)
        co_await journal_->log().flush();
}

Feed::Rules Sending::rules(bool first_round) {
    Feed::Rules rules;
    rules.names = plan_.names;
    rules.run = identity_;
    rules.notes_repeated = plan_.reconciles;
    if (!first_round)
        return rules;
    rules.shard = plan_.shard;
    rules.before = journal_ ? &journal_->before() : nullptr;
    rules.retry_unknown = plan_.retry_unknown;
    rules.call_timeout = plan_.call_timeout;
    if (plan_.reconciles)
        rules.on_unanswered = [this](Unanswered item) { unanswered_.push_back(std::move(item)); };
    return rules;
}

asio::awaitable<void> Sending::send_round(Source& source, bool first_round) {
    Feed feed(source, session_.console(), recorder_, rules(first_round));
    Run run(session_, run_options(), plan_.shows_progress);
    BulkSink const sink = [this, &feed, first_round](BulkResult result) {
        count_attempts(result.result.attempts(), first_round);
        ended(feed, std::move(result));
    };
    auto work = run.execute(feed, source, recorder_, sink);
    auto const progress = co_await std::move(work);
    failures_ += progress.done() - progress.created;
    failed_ = progress.stopped_by.has_value();
    for (auto& item : unanswered_) {
        if (feed.is_repeated(item.question.request.sandbox_id))
            item.question.baseline.reset();
    }
    if (first_round)
        left_out_ = feed.counts();
}

e2b::BulkOptions Sending::run_options() const {
    auto options = plan_.run;
    if (options.stop_after_failures > 0)
        options.stop_after_failures -= failures_; // more are left, or the run had ended
    return options;
}

void Sending::count_attempts(unsigned attempts, bool first_round) {
    attempts_.all += attempts;
    attempts_.retries += first_round && attempts > 0 ? attempts - 1 : attempts;
}

void Sending::ended(Feed& feed, BulkResult result) {
    auto const request = result.item.request;
    auto const line = static_cast<std::size_t>(result.item.tag);
    auto baseline = preparation_ ? preparation_->take_baseline(result.item) : std::nullopt;
    auto ended = record_of(std::move(result));
    ended.uniqueness = feed.uniqueness_of(request);
    feed.ended(ended.outcome);
    if (ended.outcome != Outcome::unknown || !plan_.reconciles || !ended.last_try) {
        record(ended);
        return;
    }
    ReconcileRequest question(request, *ended.last_try);
    question.baseline = std::move(baseline);
    question.uniqueness = ended.uniqueness;
    unanswered_.push_back({std::move(question), line, std::move(ended)});
}

asio::awaitable<void> Sending::find_out() {
    auto const sink = [this](Unanswered item, Reconciliation answer) {
        bool const can_be_sent = answer.finding == Reconciliation::Finding::not_created &&
                                 answer.sandbox != Reconciliation::Sandbox::gone;
        auto const error = *item.record.error;
        auto ended = answered(std::move(item.record), std::move(answer));
        if (!can_be_sent) {
            record(ended);
            return;
        }
        // A run that is resumed sends it, whether this one does or not.
        if (journal_)
            journal_->add_refused({item.question.request, error.code, error.error_code, error.trace_id});
        undone_.push_back({std::move(item.question.request), std::move(ended)});
    };
    Reconciler reconciler(session_);
    for (auto& item : unanswered_)
        item.question.settle_time = plan_.settle_time;
    if (!session_.interrupt().stopping() && plan_.shows_progress)
        session_.console().err("finding out what became of " + std::to_string(unanswered_.size()) +
                               (unanswered_.size() == 1 ? " request" : " requests") + " without an answer\n");
    auto work = reconciler.answer(std::exchange(unanswered_, {}), sink);
    co_await std::move(work);
}

void Sending::give_up_undone() {
    for (auto const& item : std::exchange(undone_, {}))
        recorder_.add(item.record);
}

bool Sending::stopped() const {
    return failed_ || session_.interrupt().stopping() || session_.console().out_error();
}

void Sending::record(Record const& record) {
    // What was never tried needs no line: a run that is resumed sends it like any other.
    if (journal_ && record.last_try)
        journal_->add_end(record);
    recorder_.add(record);
}

std::string Sending::left_out() const {
    return format_left_out(left_out_, 0);
}

bool Sending::all_created() const {
    return tally().failed() == 0 && left_out_.failed_before == 0;
}

} // namespace e2b::cli
