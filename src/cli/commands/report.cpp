#include "cli/basics/same_file.hpp"
#include "cli/basics/writer.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fleet/summary.hpp"
#include "cli/journal/journal_records.hpp"
#include "cli/report/page.hpp"
#include "cli/report/report_file.hpp"

#include <cstddef>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

void print(std::string const& text) {
    if (auto const error = Writer::write_fully(STDOUT_FILENO, text))
        throw std::runtime_error("cannot write to stdout: " + error.message());
}

void print_items(JournalState const& state, Outcome outcome) {
    constexpr std::size_t at_once = 64 * 1024;
    JournalRecords records(state);
    std::string text;
    for (auto const& [key, item] : state.items()) {
        if (JournalRecords::short_record(key, item).outcome == outcome)
            text += to_json_line(records.of(key, item));
        if (text.size() >= at_once)
            print(std::exchange(text, {}));
    }
    print(text);
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
    std::vector<UsedFile> files{used_stdout(), used_stderr()};
    if (options.html)
        files.push_back({"--html " + *options.html, *options.html, -1});
    for (auto const& path : options.files) {
        files.push_back(used_list(path));
        require_different(files);
        files.pop_back();
    }
    std::optional<ReportFile> page;
    if (options.html)
        page.emplace("--html", *options.html);
    JournalState state;
    JournalCopies copies;
    for (auto const& path : options.files) {
        state.load(path, &copies);
        if (copies.copied() > 0)
            std::cerr << path << ": its first " << copies.copied()
                      << " lines are also those of a journal before it, and count once\n";
    }
    Tally tally;
    for (auto const& [key, item] : state.items())
        tally.add(JournalRecords::short_record(key, item));
    if (options.only) {
        print_items(state, *options.only);
    } else {
        auto text = format_outcome_summary(tally);
        if (auto const twice = made_twice(state); twice > 0)
            text += "created more than once: " + std::to_string(twice) + '\n';
        print(text);
    }
    if (page) {
        History history;
        read_journals(history, options.files);
        page->write(format_page(history));
    }
    return tally.failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
