#include "cli/basics/same_file.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fleet/summary.hpp"
#include "cli/journal/journal_records.hpp"
#include "cli/report/page.hpp"
#include "cli/report/report_file.hpp"

#include <iostream>
#include <optional>
#include <stdexcept>
#include <vector>

namespace e2b::cli {
namespace {

void print_items(JournalState const& state, Outcome outcome) {
    JournalRecords records(state);
    for (auto const& [key, item] : state.items()) {
        if (JournalRecords::short_record(key, item).outcome == outcome)
            std::cout << to_json_line(records.of(key, item));
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
        std::cout << format_outcome_summary(tally);
        if (auto const twice = made_twice(state); twice > 0)
            std::cout << "created more than once: " << twice << '\n';
    }
    if (!std::cout.flush())
        throw std::runtime_error("cannot write the report");
    if (page) {
        History history;
        read_journals(history, options.files);
        page->write(format_page(history));
    }
    return tally.failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
