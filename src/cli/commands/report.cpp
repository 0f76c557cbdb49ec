#include "cli/basics/same_file.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fleet/summary.hpp"
#include "cli/journal/journal_state.hpp"

#include <e2b/config.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <utility>

namespace e2b::cli {
namespace {

// What the journals know of an item, without what only its own line says.
Record record_of(std::string const& key, JournalItem const& item) {
    auto [request, copy] = JournalState::of_key(key);
    Record record;
    record.copy = copy;
    record.sandbox_id = std::move(request.sandbox_id);
    record.name = std::move(request.name);
    record.memory = request.memory;
    record.outcome = item.is_unknown() ? Outcome::unknown : item.outcome;
    record.attempts = item.attempts;
    record.elapsed = item.elapsed;
    record.started_at = item.last_try;
    record.ended_at = item.is_unknown()
                          ? item.began_before(std::chrono::system_clock::now(), ClientConfig().timeout)
                          : item.last_end;
    if (item.state == JournalItem::State::repeats)
        record.outcome = Outcome::rejected;
    if (item.was_cut())
        record.error = Record::Error{Errc::cancelled, "the run ended before the answer came"};
    else if (record.outcome != Outcome::created)
        record.error = Record::Error{item.error, make_error_code(item.error).message()};
    return record;
}

// The line of a journal that tells an item's end, as it is there.
std::string end_line(JournalState const& state, JournalItem const& item) {
    std::ifstream file(state.files().at(item.file), std::ios::binary);
    file.seekg(static_cast<std::streamoff>(item.offset));
    std::string line;
    if (!std::getline(file, line))
        throw UsageError("cannot read " + state.files().at(item.file) + " any more");
    return line + '\n';
}

void print_items(JournalState const& state, Outcome outcome) {
    for (auto const& [key, item] : state.items()) {
        auto const record = record_of(key, item);
        if (record.outcome != outcome)
            continue;
        // The last line of an item that was listed twice may tell of its other try.
        bool const has_line = item.state == JournalItem::State::ended && item.outcome == outcome;
        std::cout << (has_line ? end_line(state, item) : to_json_line(record));
    }
}

// Items of which the journals show more than one snapshot; who merges journals wants to know.
std::uint64_t made_twice(JournalState const& state) {
    std::uint64_t count = 0;
    for (auto const& [key, item] : state.items())
        count += item.created > 1 ? 1 : 0;
    return count;
}

} // namespace

ExitCode run_command(ReportOptions const& options) {
    for (auto const& path : options.files)
        require_different({used_stdout(), used_stderr(), used_list(path)});
    JournalState state;
    for (auto const& path : options.files)
        state.load(path);
    Tally tally;
    for (auto const& [key, item] : state.items())
        tally.add(record_of(key, item));
    if (options.only) {
        print_items(state, *options.only);
    } else {
        std::cout << format_outcome_summary(tally);
        if (auto const twice = made_twice(state); twice > 0)
            std::cout << "created more than once: " << twice << '\n';
    }
    if (!std::cout.flush())
        throw std::runtime_error("cannot write the report");
    return tally.failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
