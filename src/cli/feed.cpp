#include "cli/feed.hpp"

#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// As much output as may wait for a slow reader before nothing further is started.
constexpr std::size_t max_backlog_bytes = 1024 * 1024;

Record interrupted_record(SnapshotRequest const& request, JournalItem const& item,
                          std::chrono::system_clock::time_point began) {
    Record record;
    record.sandbox_id = request.sandbox_id;
    record.name = request.name;
    record.memory = request.memory;
    record.outcome = Outcome::unknown;
    record.attempts = item.attempts;
    record.last_try = began;
    record.error = Record::Error{item.was_cut() ? Errc::cancelled : item.error,
                                 item.was_cut() ? "an earlier run ended before the answer came"
                                                : "an earlier run got no answer",
                                 {}};
    return record;
}

} // namespace

Feed::Feed(Source& source, Console& console, Recorder& recorder, Rules rules)
    : source_(source),
      console_(console),
      recorder_(recorder),
      rules_(std::move(rules)),
      leader_(rules_.names && rules_.names->shares_alias() ? Leader::needed : Leader::not_needed),
      changed_(console.executor()) {}

asio::awaitable<std::optional<BulkItem>> Feed::next() {
    for (;;) {
        co_await wait_for_room();
        co_await wait_for_leader();
        auto item = co_await source_.next();
        if (!item)
            co_return std::nullopt;
        if (auto const* const malformed = std::get_if<MalformedLine>(&item->content)) {
            recorder_.add(make_invalid_record(malformed->sandbox_id, malformed->problem, item->line));
            continue;
        }
        auto request = std::get<SnapshotRequest>(std::move(item->content));
        if (!accept(request, item->line))
            continue;
        if (leader_ == Leader::needed && !stopped_)
            leader_ = Leader::sent;
        co_return BulkItem(std::move(request), item->line);
    }
}

bool Feed::accept(SnapshotRequest& request, std::size_t line) {
    if (rules_.shard && !rules_.shard->contains(request.sandbox_id)) {
        ++counts_.of_other_shards;
        return false;
    }
    if (rules_.notes_repeated && !seen_.insert(request.sandbox_id).second)
        repeated_.insert(request.sandbox_id);
    if (request.name)
        warn_of_shared_alias(*request.name);
    else if (rules_.names)
        request.name = rules_.names->expand(request.sandbox_id, rules_.run);
    auto const* const before = rules_.before != nullptr ? rules_.before->find(request) : nullptr;
    return before == nullptr || accept_again(request, *before, line);
}

bool Feed::accept_again(SnapshotRequest const& request, JournalItem const& item, std::size_t line) {
    if (item.is_safe_to_send() || (item.is_unknown() && rules_.retry_unknown))
        return true;
    if (item.is_unknown()) {
        auto const began = item.began_before(std::chrono::system_clock::now(), rules_.call_timeout);
        auto record = interrupted_record(request, item, began);
        record.uniqueness = uniqueness_of(request);
        if (!rules_.on_unanswered) {
            recorder_.add(record);
            return false;
        }
        ReconcileRequest question(request, began);
        question.baseline = rules_.before->baseline(request);
        question.uniqueness = record.uniqueness;
        rules_.on_unanswered({std::move(question), line, std::move(record)});
        return false;
    }
    ++(item.outcome == Outcome::created ? counts_.created_before : counts_.failed_before);
    return false;
}

void Feed::warn_of_shared_alias(std::string const& name) {
    std::string alias(alias_of(name));
    if (alias == last_alias_ && !std::exchange(warned_, true))
        console_.err("warning: several items share the name '" + printable(alias) +
                     "'. Where it does not exist yet, the platform lets one of them make it and fails the "
                     "others: make it first, or give each its own\n");
    last_alias_ = std::move(alias);
}

asio::awaitable<void> Feed::wait_for_room() {
    while (console_.backlog() > max_backlog_bytes && !console_.out_error())
        co_await console_.changed().wait();
}

asio::awaitable<void> Feed::wait_for_leader() {
    while (leader_ == Leader::sent && !stopped_)
        co_await changed_.wait();
}

void Feed::stop() {
    stopped_ = true;
    if (!source_.finite())
        source_.stop();
    changed_.notify();
}

NameUniqueness Feed::uniqueness_of(SnapshotRequest const& request) const {
    bool const is_ours = rules_.names && request.name == rules_.names->expand(request.sandbox_id, rules_.run);
    return is_ours ? rules_.names->uniqueness() : NameUniqueness::none;
}

void Feed::ended(Outcome outcome) {
    if (leader_ != Leader::sent)
        return;
    leader_ = outcome == Outcome::created ? Leader::not_needed : Leader::needed;
    changed_.notify();
}

} // namespace e2b::cli
