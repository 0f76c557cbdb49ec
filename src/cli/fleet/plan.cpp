#include "cli/fleet/plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace e2b::cli {
namespace {

// What turned out not to exist is sent this often in all: a network that loses one answer in twenty loses
// four in a row of one item in 160,000.
constexpr unsigned most_sends = 4;

constexpr char const* stopped_text = "the run was stopped before this was sent";

// What was found out, in place of "unknown".
Record answered_record(Record record, Reconciliation answer) {
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

// It was cut: the call ended, and its exchange goes on for as long as the client does. Of any other that
// ended without a response, none comes.
bool may_be_answered_late(Failure const& failure) {
    return failure.outcome == Outcome::unknown && failure.error == Errc::cancelled;
}

// What the response said that came late.
Record late_record(Record record, LateNews const& news, std::chrono::system_clock::time_point now) {
    if (record.elapsed)
        *record.elapsed += news.late;
    record.ended_at = now;
    // What did not come says nothing that was not known.
    if (news.outcome == Outcome::unknown) {
        if (news.failure && news.failure->http_status != 0)
            record.http_status = news.failure->http_status;
        return record;
    }
    record.outcome = news.outcome;
    if (news.snapshot) {
        record.snapshot_id = news.snapshot->snapshot_id;
        record.names = news.snapshot->names;
        record.http_status = 201;
        record.error.reset();
    }
    if (news.failure) {
        record.http_status = news.failure->http_status;
        record.error = make_error(*news.failure);
    }
    return record;
}

Record::Error error_of(JournalItem const& before) {
    if (before.was_cut())
        return {Errc::cancelled, "an earlier run ended before the answer came"};
    return {before.error, "an earlier run got no answer"};
}

} // namespace

FleetPlan::FleetPlan(Rules rules)
    : rules_(std::move(rules)),
      leader_(rules_.names && rules_.names->shares_alias() ? Leader::needed : Leader::not_needed) {}

// ---- Read

FleetPlan::Step FleetPlan::take(Source::Item item, Moment now) {
    if (auto const* const malformed = std::get_if<MalformedLine>(&item.content)) {
        Step step;
        step.record = make_invalid_record(item.line, malformed->sandbox_id, malformed->problem);
        return step;
    }
    return take(std::get<SnapshotRequest>(std::move(item.content)), item.line, now);
}

FleetPlan::Step FleetPlan::take(SnapshotRequest request, std::size_t line, Moment now) {
    if (rules_.shard && !rules_.shard->contains(request.sandbox_id)) {
        ++counts_.of_other_shards;
        return {};
    }
    Step step;
    if (request.name)
        step.warning = warn_of_shared_alias(*request.name);
    Item item{std::move(request), line};
    try {
        name(item);
    } catch (std::invalid_argument const& problem) {
        step.record = make_invalid_record(line, item.request.sandbox_id, problem.what());
        return step;
    }
    item.copy = note_line(item.request);
    if (rules_.each_once && listed_[item.request.sandbox_id].lines > 1) {
        ++counts_.repeated;
        return step;
    }
    if (!is_left_by_earlier_runs(item, now))
        return step;
    if (item.record && !item.question) {
        step.record = std::move(item.record);
        return step;
    }
    auto const tag = next_tag_++;
    auto& queue = queues_[item.request.sandbox_id];
    queue.push_back(tag);
    items_.emplace(tag, std::move(item));
    if (queue.size() > 1) {
        ++waiting_;
        return step;
    }
    auto begun = begin(tag);
    begun.warning = std::move(step.warning);
    return begun;
}

unsigned FleetPlan::note_line(SnapshotRequest const& request) {
    auto& listed = listed_[request.sandbox_id];
    ++listed.lines;
    counts_.further_lines += listed.lines > 1 ? 1 : 0;
    counts_.listed_again += listed.lines == 2 ? 1 : 0;
    return request.name ? ++copies_of_[JournalState::key(request)]
                        : ++listed.unnamed.at(static_cast<std::size_t>(request.memory));
}

void FleetPlan::name(Item& item) const {
    auto& request = item.request;
    if (!request.name && rules_.names) {
        request.name = rules_.names->expand(request.sandbox_id, rules_.run);
        item.uniqueness = rules_.names->uniqueness();
    }
    if (request.name && rules_.unique_tags) {
        request = with_unique_tag(request); // which stays as it is where that throws
        item.uniqueness = NameUniqueness::tag;
    }
}

std::optional<std::string> FleetPlan::warn_of_shared_alias(std::string const& name) {
    std::string alias(alias_of(name));
    bool const is_shared = alias == last_alias_;
    last_alias_ = alias;
    if (!is_shared || std::exchange(warned_, true))
        return std::nullopt;
    return "several items share the name '" + printable(alias) +
           "'. Where it does not exist yet, the platform lets one of them make it and fails the others: make "
           "it "
           "first, or give each its own";
}

bool FleetPlan::is_left_by_earlier_runs(Item& item, Moment now) {
    auto const* const before =
        rules_.before != nullptr ? rules_.before->find(item.request, item.copy) : nullptr;
    item.attempts_before = before != nullptr ? before->attempts : 0;
    if (before == nullptr || before->is_safe_to_send() || (before->is_unknown() && rules_.retry_unknown))
        return true;
    if (!before->is_unknown()) {
        ++(before->outcome == Outcome::created ? counts_.created_before : counts_.failed_before);
        return false;
    }
    auto const began = before->began_before(now.wall, rules_.call_timeout);
    item.record = record_of(item);
    item.record->outcome = Outcome::unknown;
    if (before->was_cut())
        item.record->elapsed.reset();
    else
        item.record->elapsed = before->elapsed;
    item.record->started_at = before->last_try;
    item.record->ended_at = began;
    item.record->error = error_of(*before);
    if (!rules_.reconciles)
        return true;
    ReconcileRequest request(item.request, began);
    request.baseline = rules_.before->baseline(item.request, item.copy);
    request.uniqueness = item.uniqueness;
    item.question.emplace(std::move(request));
    return true;
}

FleetPlan::Step FleetPlan::begin(Tag tag) {
    Step step;
    auto& item = items_.at(tag);
    if (item.question) {
        ++asked_;
        item.state = Item::State::is_asked;
        item.question->tag = tag;
        step.ask = std::exchange(item.question, std::nullopt);
        return step;
    }
    if (leader_ == Leader::needed && !stopped_)
        leader_ = Leader::sent;
    step.send.emplace(item.request, tag);
    return step;
}

std::optional<FleetPlan::Step> FleetPlan::take_waiting() {
    if (ready_.empty() || stopped_)
        return std::nullopt;
    auto const tag = ready_.front();
    ready_.pop_front();
    return begin(tag);
}

// ---- Journal

bool FleetPlan::wants_baseline(BulkItem const& item) const {
    // A name is what it can be found by.
    return rules_.reconciles && !item.request.name && !item_of(item).looked_up;
}

void FleetPlan::set_baseline(BulkItem const& item, std::optional<std::vector<std::string>> ids) {
    auto& known = items_.at(item.tag);
    known.looked_up = true;
    known.baseline = std::move(ids);
}

TryLine FleetPlan::begin_try(BulkItem const& item, Moment now) {
    auto& known = items_.at(item.tag);
    known.started_at = now.wall;
    return {known.request, known.copy, now.wall, known.baseline};
}

RefusedLine FleetPlan::refused(BulkItem const& item, Failure const& failure, Moment now) const {
    auto const& known = item_of(item);
    return {known.request, known.copy, make_error(failure), now.wall};
}

// ---- Record

Record FleetPlan::record_of(Item const& item) const {
    Record record;
    record.line = item.line;
    record.copy = item.copy;
    record.sandbox_id = item.request.sandbox_id;
    record.name = item.request.name;
    record.memory = item.request.memory;
    record.uniqueness = item.uniqueness;
    record.attempts = item.attempts_before + item.attempts;
    return record;
}

void FleetPlan::stop(std::optional<Record::Error> cause) {
    stopped_ = true;
    if (cause)
        stop_cause_ = std::move(cause);
}

void FleetPlan::set_left(Record& record) const {
    record.was_left = true;
    if (stop_cause_)
        record.error = stop_cause_;
}

FleetPlan::Ended FleetPlan::ended(BulkResult result, Moment now) {
    auto const tag = result.item.tag;
    auto& item = items_.at(tag);
    count(item, result.result.attempts());
    bool const may_be_late = !result.result && may_be_answered_late(result.result.error());
    auto record = make_record(item.request, std::move(result.result));
    if (leader_ == Leader::sent)
        leader_ = record.outcome == Outcome::created ? Leader::not_needed : Leader::needed;
    record.line = item.line;
    record.copy = item.copy;
    record.uniqueness = item.uniqueness;
    record.attempts = item.attempts_before + item.attempts;
    if (item.attempts > 0) {
        record.started_at = item.started_at;
        record.ended_at = now.wall;
    }
    if (record.outcome == Outcome::not_sent && record.error && record.error->code == Errc::cancelled)
        set_left(record);
    Ended ended;
    if (record.outcome != Outcome::unknown || !(rules_.reconciles || may_be_late)) {
        // Its try was noted, and then the run was stopped.
        if (item.attempts == 0 && item.started_at && record.error)
            ended.refused = RefusedLine{item.request, item.copy, *record.error, now.wall, false};
        finish(tag);
        ended.record = std::move(record);
        return ended;
    }
    ended.note = EndLine{record};
    item.record = std::move(record);
    if (rules_.reconciles) {
        item.state = Item::State::is_asked;
        ++asked_;
        ended.ask = question_of(item, tag, now);
    } else {
        item.state = Item::State::awaits_response;
        ++awaiting_;
    }
    if (item.news) {
        auto told = late(*std::exchange(item.news, std::nullopt), now);
        told.note = std::move(ended.note);
        return told;
    }
    return ended;
}

void FleetPlan::count(Item& item, unsigned attempts) {
    counts_.attempts += attempts;
    counts_.retries += item.attempts > 0 ? attempts : attempts > 0 ? attempts - 1 : 0;
    item.attempts += attempts;
    ++item.sends;
}

Question FleetPlan::question_of(Item const& item, Tag tag, Moment now) {
    // It waited for a connection before it was sent, and nobody knows for how long: its end is late enough.
    ReconcileRequest request(item.request, now.wall);
    request.baseline = item.baseline;
    request.uniqueness = item.uniqueness;
    Question question(std::move(request));
    question.began = now.steady;
    question.tag = tag;
    return question;
}

FleetPlan::Ended FleetPlan::answered(Question const& question, Reconciliation answer, Moment now) {
    auto const tag = question.tag;
    auto& item = items_.at(tag);
    leave_state(item);
    bool const did_nothing = answer.finding == Reconciliation::Finding::not_created &&
                             answer.sandbox != Reconciliation::Sandbox::gone;
    auto const error = item.record->error.value_or(Record::Error());
    auto record = answered_record(std::move(*item.record), std::move(answer));
    if (did_nothing)
        return this->did_nothing(tag, std::move(record), error, now);
    finish(tag);
    Ended ended;
    ended.record = std::move(record);
    return ended;
}

FleetPlan::Ended FleetPlan::did_nothing(Tag tag, Record record, Record::Error const& error, Moment now) {
    auto& item = items_.at(tag);
    Ended ended;
    ended.refused = RefusedLine{item.request, item.copy, error, now.wall};
    if (!stopped_ && item.sends < most_sends) {
        item.record = std::move(record);
        item.state = Item::State::sent;
        ready_.push_back(tag);
        return ended;
    }
    finish(tag);
    ended.record = std::move(record);
    return ended;
}

std::optional<FleetPlan::Tag> FleetPlan::find(LateNews const& news) const {
    auto const queue = queues_.find(news.sandbox_id);
    if (queue == queues_.end())
        return std::nullopt;
    auto const tag = queue->second.front(); // the others were not sent yet
    if (items_.at(tag).request.name != news.name)
        return std::nullopt;
    return tag;
}

FleetPlan::Ended FleetPlan::late(LateNews news, Moment now) {
    auto const tag = find(news);
    Ended ended;
    if (!tag)
        return ended;
    auto& item = items_.at(*tag);
    if (item.state == Item::State::sent) {
        item.news = std::move(news);
        return ended;
    }
    bool const was_asked = item.state == Item::State::is_asked;
    if (news.outcome == Outcome::unknown && was_asked)
        return ended; // the answer to the question may tell
    leave_state(item);
    auto record = late_record(*item.record, news, now.wall);
    bool const may_be_sent = news.outcome == Outcome::rejected && news.failure &&
                             (news.failure->error == Errc::busy || news.failure->error == Errc::rate_limited);
    if (may_be_sent) {
        auto const error = *record.error;
        ended = did_nothing(*tag, std::move(record), error, now);
    } else {
        finish(*tag);
        ended.record = std::move(record);
    }
    if (was_asked)
        ended.withdrawn = *tag;
    return ended;
}

std::vector<Record> FleetPlan::release() {
    std::vector<Tag> tags;
    for (auto const& [tag, item] : items_) {
        if (item.state == Item::State::awaits_response)
            tags.push_back(tag);
    }
    std::vector<Record> records;
    for (auto const tag : tags) {
        auto& item = items_.at(tag);
        leave_state(item);
        records.push_back(std::move(*item.record));
        finish(tag);
    }
    return records;
}

void FleetPlan::leave_state(Item& item) {
    asked_ -= item.state == Item::State::is_asked ? 1 : 0;
    awaiting_ -= item.state == Item::State::awaits_response ? 1 : 0;
    item.state = Item::State::sent;
}

// The item has its record, and the next of its sandbox can begin.
void FleetPlan::finish(Tag tag) {
    auto const sandbox = items_.at(tag).request.sandbox_id;
    items_.erase(tag);
    auto const found = queues_.find(sandbox);
    found->second.pop_front();
    if (found->second.empty()) {
        queues_.erase(found);
        return;
    }
    --waiting_;
    ready_.push_back(found->second.front());
}

std::vector<Record> FleetPlan::give_up() {
    std::vector<Record> records;
    while (!ready_.empty()) {
        auto const tag = ready_.front();
        ready_.pop_front();
        auto const& item = items_.at(tag);
        if (item.record) {
            records.push_back(*item.record);
        } else {
            records.push_back(record_of(item));
            records.back().error = Record::Error{Errc::cancelled, stopped_text};
            set_left(records.back());
        }
        finish(tag);
    }
    return records;
}

} // namespace e2b::cli
