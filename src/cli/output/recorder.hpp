#pragma once

#include "cli/options/options.hpp"
#include "cli/output/console.hpp"
#include "cli/output/record.hpp"
#include "cli/output/tally.hpp"

#include <optional>

namespace e2b::cli {

// Which records are printed, and how.
struct RecordOutput {
    std::optional<OutputFormat> format; // none are printed without
    bool failures_only = false;         // of those on stdout
    bool failures_to_err = false;       // also there, as text
};

// Counts the records of a run, and prints them.
class Recorder {
public:
    Recorder(Console& console, RecordOutput output) : console_(console), output_(output) {}

    void add(Record const& record);

    [[nodiscard]] Tally const& tally() const noexcept { return tally_; }

private:
    Console& console_;
    RecordOutput output_;
    Tally tally_;
};

} // namespace e2b::cli
