#pragma once

#include "cli/console.hpp"
#include "cli/options.hpp"
#include "cli/record.hpp"
#include "cli/tally.hpp"

#include <optional>

namespace e2b::cli {

// Counts the records of a run, and prints them.
class Recorder {
public:
    // Prints none without a format.
    Recorder(Console& console, std::optional<OutputFormat> format) : console_(console), format_(format) {}

    void add(Record const& record);

    [[nodiscard]] Tally const& tally() const noexcept { return tally_; }

private:
    Console& console_;
    std::optional<OutputFormat> format_;
    Tally tally_;
};

} // namespace e2b::cli
