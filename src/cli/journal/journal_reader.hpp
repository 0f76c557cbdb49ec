#pragma once

#include "cli/journal/journal_copies.hpp"
#include "cli/journal/journal_line.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace e2b::cli {

// Takes each line of a journal, and where it begins in the file.
using JournalSink = std::function<void(JournalLine line, std::uint64_t offset)>;

// Reads a journal from its beginning to its end. A last line that is torn, as the end of a process or of the
// machine leaves it, is passed over; where it begins is yielded. Throws UsageError where the file cannot be
// read or anything else in it is not a journal's. Lines that `copies` knows from other files are passed over.
std::optional<std::uint64_t> read_journal(std::string const& path, JournalSink const& sink,
                                          JournalCopies* copies = nullptr);

} // namespace e2b::cli
