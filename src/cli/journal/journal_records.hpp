#pragma once

#include "cli/journal/journal_state.hpp"
#include "cli/output/record.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace e2b::cli {

// The records of what journals know of their items.
class JournalRecords {
public:
    // The state must outlive it.
    explicit JournalRecords(JournalState const& state) : state_(state), files_(state.files().size()) {}

    // What the state itself knows: without what only the item's own line says.
    [[nodiscard]] static Record short_record(std::string const& key, JournalItem const& item);
    // All of it, read from the item's line where it has one. Throws UsageError where that cannot be read any
    // more.
    [[nodiscard]] Record of(std::string const& key, JournalItem const& item);

private:
    [[nodiscard]] Record read_end(JournalItem const& item);

    JournalState const& state_;
    std::vector<std::ifstream> files_; // opened when they are needed
};

} // namespace e2b::cli
