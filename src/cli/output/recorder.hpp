#pragma once

#include "cli/options/options.hpp"
#include "cli/output/console.hpp"
#include "cli/output/record.hpp"
#include "cli/output/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace e2b::cli {

// Which records are printed, and how.
struct RecordOutput {
    std::optional<OutputFormat> format; // none are printed without
    bool failures_only = false;         // of those on stdout
    bool failures_to_err = false;       // also there, as text
};

// Records that nobody can read, as stdout failed.
struct LostRecords {
    static constexpr std::size_t most_named = 20;

    std::uint64_t count = 0;
    std::uint64_t existing = 0;         // those of snapshots that exist or may exist
    std::vector<std::string> sandboxes; // of the first of these
};

// Counts the records of a run, and prints them.
class Recorder {
public:
    Recorder(Console& console, RecordOutput output) : console_(console), output_(output) {}

    void add(Record const& record);

    [[nodiscard]] Tally const& tally() const noexcept { return tally_; }
    // The records that stdout did not take; complete once the console was flushed.
    [[nodiscard]] LostRecords const& lost();

private:
    void settle();

    // A record that stdout may not have taken yet.
    struct Printed {
        std::uint64_t end; // as `Console::out` yields it
        Outcome outcome;
        std::string sandbox_id;
    };

    Console& console_;
    RecordOutput output_;
    Tally tally_;
    std::deque<Printed> printed_;
    LostRecords lost_;
};

// What is to be said of them, in a line; `is_in_journal`: what they say can be read there.
[[nodiscard]] std::string format_lost(LostRecords const& lost, bool is_in_journal);

} // namespace e2b::cli
