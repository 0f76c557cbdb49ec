#include "cli/journal/journal_records.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/journal/journal_line.hpp"

#include <e2b/config.hpp>

#include <chrono>
#include <utility>
#include <variant>

namespace e2b::cli {
namespace {

// The last try did nothing, and did not reach the platform either.
bool was_not_sent(JournalItem const& item) {
    return !item.was_sent || item.error == Errc::invalid_argument ||
           make_error_code(item.error) == Condition::connect_error;
}

} // namespace

Record JournalRecords::short_record(std::string const& key, JournalItem const& item) {
    auto [request, copy] = JournalState::of_key(key);
    Record record;
    record.copy = copy;
    record.sandbox_id = std::move(request.sandbox_id);
    record.name = std::move(request.name);
    record.memory = request.memory;
    record.outcome = item.is_unknown() ? Outcome::unknown : item.outcome;
    record.attempts = item.attempts;
    if (item.was_cut())
        record.elapsed.reset();
    else
        record.elapsed = item.elapsed;
    record.started_at = item.last_try;
    record.ended_at = item.is_unknown()
                          ? item.began_before(std::chrono::system_clock::now(), ClientConfig().timeout)
                          : item.last_end;
    if (item.state == JournalItem::State::repeats)
        record.outcome = was_not_sent(item) ? Outcome::not_sent : Outcome::rejected;
    if (item.was_cut())
        record.error = Record::Error{Errc::cancelled, "the run ended before the answer came"};
    else if (record.outcome != Outcome::created)
        record.error = Record::Error{item.error, make_error_code(item.error).message()};
    return record;
}

Record JournalRecords::of(std::string const& key, JournalItem const& item) {
    auto record = short_record(key, item);
    // The last line of an item that was listed twice may tell of its other try.
    bool const has_line = item.state == JournalItem::State::ended && item.outcome == record.outcome;
    if (!has_line)
        return record;
    auto whole = read_end(item);
    whole.attempts = record.attempts; // also those of other journals
    return whole;
}

Record JournalRecords::read_end(JournalItem const& item) {
    auto const& path = state_.files().at(item.file);
    auto& file = files_.at(item.file);
    if (!file.is_open())
        file.open(path, std::ios::binary);
    file.clear();
    file.seekg(static_cast<std::streamoff>(item.offset));
    std::string text;
    std::getline(file, text);
    auto const line = parse_journal_line(text);
    if (!line || !std::holds_alternative<EndLine>(*line))
        throw UsageError("cannot read " + path + " any more");
    return std::get<EndLine>(*line).record;
}

} // namespace e2b::cli
