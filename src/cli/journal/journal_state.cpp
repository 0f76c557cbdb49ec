#include "cli/journal/journal_state.hpp"

#include "cli/journal/journal_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace e2b::cli {

namespace {

// The end of a try was noted. One that was noted as unknown may be settled later, when that was found out.
void count_end(JournalItem& item) {
    item.unsettled -= item.unsettled > 0 ? 1 : 0;
    item.unanswered = std::min(item.unanswered, item.unsettled);
}

} // namespace

bool JournalItem::is_safe_to_send() const noexcept {
    if (is_unknown() || state == State::open)
        return false;
    if (state == State::repeats)
        return true;
    return outcome == Outcome::not_sent ||
           (outcome == Outcome::rejected && (error == Errc::busy || error == Errc::rate_limited));
}

std::chrono::system_clock::time_point JournalItem::began_before(std::chrono::system_clock::time_point now,
                                                                std::chrono::nanoseconds call_timeout) const {
    using std::chrono::system_clock;
    if (last_end && !was_cut())
        return *last_end;
    auto const left = now - last_try;
    auto const cut = left < call_timeout
                         ? now
                         : last_try + std::chrono::duration_cast<system_clock::duration>(call_timeout);
    return last_end ? std::max(*last_end, cut) : cut;
}

std::optional<std::uint64_t> JournalState::load(std::string const& path, JournalCopies* copies) {
    files_.push_back(path);
    auto const sink = [this](JournalLine line, std::uint64_t offset) {
        std::visit([&](auto& each) { apply(std::move(each), offset); }, line);
    };
    return read_journal(path, sink, copies);
}

JournalItem const* JournalState::find(SnapshotRequest const& request, unsigned copy) const {
    auto const found = items_.find(key(request, copy));
    return found == items_.end() ? nullptr : &found->second;
}

std::optional<std::vector<std::string>> JournalState::baseline(SnapshotRequest const& request,
                                                               unsigned copy) const {
    auto const found = baselines_.find(key(request, copy));
    if (found == baselines_.end())
        return std::nullopt;
    return found->second;
}

// `id`, or `id LF name`; of the filesystem alone with `LF` before it; and with `LF LF copy` behind it. No
// line of a list has a line feed in it.
std::string JournalState::key(SnapshotRequest const& request, unsigned copy) {
    std::string text = request.memory == SnapshotKind::filesystem ? "\n" : "";
    text += request.sandbox_id;
    if (request.name)
        text += '\n' + *request.name;
    return copy > 1 ? text + "\n\n" + std::to_string(copy) : text;
}

JournalState::Keyed JournalState::of_key(std::string const& key) {
    auto const copy_at = key.rfind("\n\n");
    unsigned copy = 1;
    if (copy_at != std::string::npos)
        std::from_chars(key.data() + copy_at + 2, key.data() + key.size(), copy);
    auto text = key.substr(0, copy_at);
    bool const is_of_filesystem = text.starts_with('\n');
    if (is_of_filesystem)
        text.erase(0, 1);
    auto const end = text.find('\n');
    SnapshotRequest request(text.substr(0, end));
    if (is_of_filesystem)
        request.memory = SnapshotKind::filesystem;
    if (end != std::string::npos)
        request.name = text.substr(end + 1);
    return {std::move(request), copy};
}

void JournalState::apply(RunLine line, std::uint64_t) {
    if (!run_)
        run_ = std::move(line);
}

JournalItem& JournalState::told_of(std::string const& key) {
    auto& item = items_[key];
    if (item.last_file != present_file()) {
        item.last_file = present_file();
        item.attempts_elsewhere = item.attempts;
    }
    return item;
}

void JournalState::apply(TryLine line, std::uint64_t) {
    auto const id = key(line.request, line.copy);
    auto& item = told_of(id);
    ++item.attempts;
    item.state = JournalItem::State::open;
    item.last_try = line.at;
    ++item.unsettled;
    if (line.baseline)
        baselines_[id] = std::move(*line.baseline);
}

void JournalState::apply(RefusedLine const& line, std::uint64_t) {
    auto& item = told_of(key(line.request, line.copy));
    item.attempts -= !line.sent && item.attempts > item.attempts_elsewhere ? 1 : 0;
    count_end(item);
    if (item.created > 0 || item.unanswered > 0) {
        item.state = JournalItem::State::ended;
        return;
    }
    item.state = item.unsettled > 0 ? JournalItem::State::open : JournalItem::State::repeats;
    item.error = line.error.code;
    item.was_sent = line.sent;
}

void JournalState::apply(EndLine const& line, std::uint64_t offset) {
    auto const& record = line.record;
    SnapshotRequest request(record.sandbox_id, record.name);
    request.memory = record.memory;
    auto const id = key(request, record.copy);
    auto& item = told_of(id);
    // It has counted all that this journal tells of, in whichever run.
    item.attempts = item.attempts_elsewhere + record.attempts;
    item.state = JournalItem::State::ended;
    if (record.outcome == Outcome::unknown) {
        item.unsettled = std::max(item.unsettled, 1U);
        item.unanswered = std::min(item.unanswered + 1, item.unsettled);
        if (record.ended_at)
            item.last_end = std::max(*record.ended_at, item.last_end.value_or(*record.ended_at));
    } else {
        count_end(item);
    }
    // What exists goes on existing, whatever another shard says of it, and what got no answer did not get it
    // by the end of another try.
    bool const says_less = item.created > 0 || (item.unanswered > 0 && record.outcome != Outcome::unknown);
    if (says_less && record.outcome != Outcome::created)
        return;
    item.outcome = record.outcome;
    item.error = record.error ? record.error->code : Errc();
    item.elapsed = record.elapsed;
    item.created += record.outcome == Outcome::created ? 1 : 0;
    item.file = present_file();
    item.offset = offset;
    if (!item.is_unknown())
        baselines_.erase(id);
}

} // namespace e2b::cli
