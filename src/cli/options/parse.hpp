#pragma once

#include "cli/basics/key_form.hpp"
#include "cli/options/grammar.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace e2b::cli {

// A command line that is refused: `what()` says why and what to do. It never repeats what may be an API key.
class CommandLineError : public std::runtime_error {
public:
    CommandLineError(std::string const& problem, Command const* where)
        : std::runtime_error(without_keys(problem)),
          command(where) {}

    Command const* command; // whose help says more; null for the program's
};

// What a command line asks for.
struct Parsed {
    enum class Kind : unsigned char { run, help, version };
    Kind kind = Kind::run;
    Command const* command = nullptr; // null for help on the program itself
};

// Parses what follows the program's name, and hands the values to the command's options and arguments. An
// option's value follows it, or stands behind `=`. After `--` there are only arguments. A value that is
// empty, as of a variable that is not set, and one that is an API key are refused. Throws CommandLineError.
Parsed parse_command_line(Program const& program, std::vector<std::string> const& words);

} // namespace e2b::cli
