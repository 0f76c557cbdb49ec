#pragma once

#include "base/descriptor.hpp"

#include <e2b/simulator.hpp>

#include <string>

namespace e2b::cli {

// The JSON line of one snapshot, with its line feed.
std::string to_ledger_line(SimulatedSnapshot const& record);

// A file that gets a line for each snapshot that the simulator made, whole and at once, so that it can be
// read (or the process killed) at any time.
class Ledger {
public:
    // Appends to what is there. Throws UsageError where the file cannot be opened.
    explicit Ledger(std::string const& path);

    // Where that fails, says so on stderr: a snapshot that the ledger does not show must not pass in silence.
    void add(SimulatedSnapshot const& record);

private:
    base::Descriptor file_;
};

} // namespace e2b::cli
