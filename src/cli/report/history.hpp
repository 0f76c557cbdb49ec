#pragma once

#include "cli/journal/journal_line.hpp"
#include "cli/output/record.hpp"
#include "cli/output/tally.hpp"
#include "cli/report/timeline.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace e2b::cli {

// How long the snapshots took that were made, by durations that grow by the same factor.
class LatencyBars {
public:
    struct Bar {
        std::chrono::nanoseconds from;
        std::chrono::nanoseconds to;
        std::uint64_t count = 0;
    };

    void add(std::chrono::nanoseconds elapsed);
    // From the first that is not empty to the last.
    [[nodiscard]] std::vector<Bar> bars() const;

private:
    std::map<int, std::uint64_t> counts_; // by the exponent
};

// What a report says of a run, or of several: made from the lines of journals, or while a run goes on. Takes
// memory for some hundred items, however many there are.
class History {
public:
    // How many failures and how many slow items are kept.
    static constexpr std::size_t most_failures = 200;
    static constexpr std::size_t most_slowest = 20;

    // The final record of an item.
    void add(Record const& record);
    // A record that took so long is among the slowest so far.
    [[nodiscard]] bool is_slow(std::optional<std::chrono::nanoseconds> elapsed) const;
    // What happened on the way: runs, refusals, progress, and when snapshots were made.
    void add(JournalLine const& line);

    struct Class {
        std::uint64_t count = 0;
        std::string example; // of its messages
    };

    [[nodiscard]] Tally const& tally() const noexcept { return tally_; }
    [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
    [[nodiscard]] std::map<Errc, Class> const& classes() const noexcept { return classes_; }
    // The first ones.
    [[nodiscard]] std::vector<Record> const& failures() const noexcept { return failures_; }
    // Of those that were created, the slowest first.
    [[nodiscard]] std::vector<Record> slowest() const;
    [[nodiscard]] LatencyBars const& latency() const noexcept { return latency_; }
    [[nodiscard]] TimeCounts const& times() const noexcept { return times_; }
    [[nodiscard]] std::vector<RunLine> const& runs() const noexcept { return runs_; }

private:
    void keep_if_slow(Record const& record);

    Tally tally_;
    std::uint64_t attempts_ = 0;
    std::uint64_t refused_ = 0;
    std::map<Errc, Class> classes_;
    std::vector<Record> failures_;
    std::vector<Record> slowest_; // a heap, the quickest at its front
    LatencyBars latency_;
    TimeCounts times_;
    std::vector<RunLine> runs_;
};

// Adds what journals say. Throws UsageError where one cannot be read.
void read_journals(History& history, std::vector<std::string> const& paths);

} // namespace e2b::cli
