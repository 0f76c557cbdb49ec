#include "cli/journal_state.hpp"

#include "cli/encoding.hpp"
#include "cli/usage_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace e2b::cli {

namespace {

// As one word of a shell's command.
std::string shell_quoted(std::string const& text) {
    std::string result = "'";
    for (char const c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

UsageError not_a_line(std::string const& path, std::size_t number, std::uint64_t offset,
                      std::string const& text) {
    auto const where =
        path + " line " + std::to_string(number) + ", at byte " + std::to_string(offset) + ": ";
    if (text.find('\0') == std::string::npos)
        return UsageError(where + "not a line of a journal");
    // Whoever crashed had not sent what stands from here on, as nothing is sent before it is on the disk. But
    // a disk that lost what it had looks the same, so that it is the user who has to say which it was.
    return UsageError(where +
                      "zeros. If the machine crashed, the lines from there on were not on the disk "
                      "yet, and what they note was not sent: keep a copy, cut them off with \"truncate -s " +
                      std::to_string(offset) + " -- " + shell_quoted(path) +
                      "\", and resume. If it did not, the disk lost lines, and what they noted may have been "
                      "sent");
}

// The end of a try was noted. One that was noted as unknown may be settled later, when that was found out.
void settle(JournalItem& item) {
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
    auto const left = now - last_try;
    return left < call_timeout ? now
                               : last_try + std::chrono::duration_cast<system_clock::duration>(call_timeout);
}

std::optional<std::uint64_t> JournalState::load(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw UsageError("cannot read the journal " + path + ": " + std::strerror(errno));
    files_.push_back(path);
    std::uint64_t offset = 0;
    std::size_t number = 0;
    for (std::string text; std::getline(file, text);) {
        ++number;
        bool const is_last = file.eof(); // no line feed ended it
        if (number == 1)
            require_utf8("the journal " + path, text);
        auto line = parse_journal_line(number == 1 ? without_bom(text) : text);
        if (!line && is_last)
            return offset;
        if (!line)
            throw not_a_line(path, number, offset, text);
        std::visit([&](auto& each) { apply(std::move(each), offset); }, *line);
        offset += text.size() + 1;
    }
    // What was not read may be what must not be sent again.
    if (file.bad())
        throw UsageError("cannot read the journal " + path + ": " + std::strerror(errno));
    return std::nullopt;
}

JournalItem const* JournalState::find(SnapshotRequest const& request) const {
    auto const found = items_.find(key(request));
    return found == items_.end() ? nullptr : &found->second;
}

std::optional<std::vector<std::string>> JournalState::baseline(SnapshotRequest const& request) const {
    auto const found = baselines_.find(key(request));
    if (found == baselines_.end())
        return std::nullopt;
    return found->second;
}

std::string JournalState::key(SnapshotRequest const& request) {
    return request.name ? request.sandbox_id + '\n' + *request.name : request.sandbox_id;
}

SnapshotRequest JournalState::request_of(std::string const& key) {
    auto const end = key.find('\n');
    if (end == std::string::npos)
        return SnapshotRequest(key);
    return SnapshotRequest(key.substr(0, end), key.substr(end + 1));
}

void JournalState::apply(RunLine line, std::uint64_t) {
    if (!run_)
        run_ = std::move(line);
}

void JournalState::apply(TryLine line, std::uint64_t) {
    auto const id = key(line.request);
    auto& item = items_[id];
    item.state = JournalItem::State::open;
    item.last_try = line.at;
    ++item.unsettled;
    if (line.baseline)
        baselines_[id] = std::move(*line.baseline);
}

void JournalState::apply(RefusedLine const& line, std::uint64_t) {
    auto& item = items_[key(line.request)];
    settle(item);
    if (item.created > 0 || item.unanswered > 0) {
        item.state = JournalItem::State::ended;
        return;
    }
    item.state = item.unsettled > 0 ? JournalItem::State::open : JournalItem::State::repeats;
    item.error = line.error;
}

void JournalState::apply(EndLine const& line, std::uint64_t offset) {
    auto const id = key(line.request);
    auto& item = items_[id];
    item.state = JournalItem::State::ended;
    if (line.outcome == Outcome::unknown) {
        item.unsettled = std::max(item.unsettled, 1U);
        item.unanswered = std::min(item.unanswered + 1, item.unsettled);
    } else {
        settle(item);
    }
    // What exists goes on existing, whatever another shard says of it, and what got no answer did not get it
    // by the end of another try.
    bool const says_less = item.created > 0 || (item.unanswered > 0 && line.outcome != Outcome::unknown);
    if (says_less && line.outcome != Outcome::created)
        return;
    item.outcome = line.outcome;
    item.error = line.error;
    item.attempts += line.attempts;
    item.elapsed = line.elapsed;
    item.created += line.outcome == Outcome::created ? 1 : 0;
    item.file = static_cast<std::uint32_t>(files_.size() - 1);
    item.offset = offset;
    if (!item.is_unknown())
        baselines_.erase(id);
}

} // namespace e2b::cli
