#include "cli/report/history.hpp"

#include "cli/journal/journal_reader.hpp"
#include "cli/journal/journal_records.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace e2b::cli {
namespace {

constexpr double bars_a_decade = 6;

std::chrono::nanoseconds edge(int exponent) {
    return std::chrono::nanoseconds(
        std::llround(std::pow(10.0, static_cast<double>(exponent) / bars_a_decade) * 1e6));
}

bool is_quicker(Record const& one, Record const& other) {
    return one.elapsed > other.elapsed; // for a heap with the quickest at its front
}

} // namespace

void LatencyBars::add(std::chrono::nanoseconds elapsed) {
    auto const ms = std::max(std::chrono::duration<double, std::milli>(elapsed).count(), 0.001);
    ++counts_[static_cast<int>(std::floor(std::log10(ms) * bars_a_decade))];
}

std::vector<LatencyBars::Bar> LatencyBars::bars() const {
    std::vector<Bar> result;
    if (counts_.empty())
        return result;
    for (int exponent = counts_.begin()->first; exponent <= counts_.rbegin()->first; ++exponent) {
        auto const found = counts_.find(exponent);
        result.push_back({edge(exponent), edge(exponent + 1), found == counts_.end() ? 0 : found->second});
    }
    return result;
}

void History::add(Record const& record) {
    tally_.add(record);
    attempts_ += record.attempts;
    if (record.outcome == Outcome::created) {
        if (record.elapsed)
            latency_.add(*record.elapsed);
        keep_if_slow(record);
        return;
    }
    auto& of_class = classes_[record.error ? record.error->code : Errc()];
    ++of_class.count;
    if (record.error && of_class.example.empty())
        of_class.example = record.error->message;
    if (failures_.size() < most_failures)
        failures_.push_back(record);
}

void History::add(JournalLine const& line) {
    if (auto const* const run = std::get_if<RunLine>(&line)) {
        runs_.push_back(*run);
    } else if (auto const* const progress = std::get_if<ProgressLine>(&line)) {
        times_.progress(progress->at, progress->in_flight, progress->window);
    } else if (auto const* const refused = std::get_if<RefusedLine>(&line)) {
        bool const for_want_of_room =
            refused->error.code == Errc::busy || refused->error.code == Errc::rate_limited;
        refused_ += for_want_of_room ? 1 : 0;
        if (for_want_of_room && refused->at)
            times_.refused(*refused->at);
    } else if (auto const* const end = std::get_if<EndLine>(&line)) {
        if (end->record.outcome == Outcome::created && end->record.ended_at)
            times_.created(*end->record.ended_at);
    }
}

bool History::is_slow(std::optional<std::chrono::nanoseconds> elapsed) const {
    return elapsed && (slowest_.size() < most_slowest || elapsed > slowest_.front().elapsed);
}

void History::keep_if_slow(Record const& record) {
    if (!is_slow(record.elapsed))
        return;
    slowest_.push_back(record);
    std::ranges::push_heap(slowest_, is_quicker);
    if (slowest_.size() > most_slowest) {
        std::ranges::pop_heap(slowest_, is_quicker);
        slowest_.pop_back();
    }
}

std::vector<Record> History::slowest() const {
    auto sorted = slowest_;
    std::ranges::sort(sorted, is_quicker);
    return sorted;
}

void read_journals(History& history, std::vector<std::string> const& paths) {
    JournalState state;
    JournalCopies known_to_state;
    JournalCopies known_to_history;
    for (auto const& path : paths) {
        state.load(path, &known_to_state);
        auto const sink = [&history](JournalLine line, std::uint64_t) { history.add(line); };
        read_journal(path, sink, &known_to_history);
    }
    JournalRecords records(state);
    for (auto const& [key, item] : state.items()) {
        auto record = JournalRecords::short_record(key, item);
        bool const is_shown = record.outcome != Outcome::created || history.is_slow(record.elapsed);
        history.add(is_shown ? records.of(key, item) : record);
    }
}

} // namespace e2b::cli
