#pragma once

#include <optional>
#include <string>

namespace e2b::cli {

// The standard streams as the command was started with them.

// Puts /dev/null where one of them is closed: the next file that is opened would take its place, and get what
// is printed. Call it before anything is opened.
void open_standard_streams();

// Whether stdin was closed when the command started.
[[nodiscard]] bool stdin_was_closed() noexcept;

// Why nobody can get what is written to stdout, in words that say what to do; nothing where somebody can.
[[nodiscard]] std::optional<std::string> stdout_problem();

// Leaves it to the writes to tell that a pipe has no reader, or that a file is too large.
void ignore_write_signals();

} // namespace e2b::cli
