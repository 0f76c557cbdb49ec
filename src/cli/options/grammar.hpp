#pragma once

#include <functional>
#include <string>
#include <vector>

namespace e2b::cli {

// The command line as data: what is parsed, what --help and the man page say, and what shells complete are
// all made from it.

struct Option {
    std::string name;          // `--journal`
    std::string value = {};    // what help calls its value, such as `FILE`; empty for a flag
    std::string help;          // one or two sentences, without what it is by default
    std::string standard = {}; // what holds without it; empty where nothing does
    // Takes the value, or for a flag nothing. Throws std::invalid_argument with what is wrong, and what is
    // allowed.
    std::function<void(std::string const&)> set;
    bool repeatable = false;
    std::vector<std::string> choices = {};  // all values that there are, where they are few
    std::vector<std::string> needs = {};    // options that must be given as well
    std::vector<std::string> excludes = {}; // options that must not
};

// Options that help shows below one heading.
struct OptionGroup {
    std::string heading;
    std::vector<Option> options;
};

// What stands on the command line without a name.
struct Argument {
    std::string name; // `FILE`
    std::string help;
    std::function<void(std::string const&)> set; // as for an option
    bool required = true;
    bool repeatable = false;
    std::vector<std::string> choices = {};
};

struct Command {
    std::string name;
    std::string summary;            // a sentence without a full stop
    std::vector<std::string> usage; // what follows the name: `[OPTIONS] FILE`
    std::string description = {};   // paragraphs, separated by empty lines
    std::vector<Argument> arguments = {};
    std::vector<OptionGroup> groups = {};
    std::vector<std::string> examples = {};
    std::vector<std::string> exit_codes = {}; // `0 all were created`
    bool takes_key = false;                   // E2B_API_KEY, although there is no `--api-key-file`
    // What must hold of all together. Throws std::invalid_argument.
    std::function<void()> check = [] {};
};

// The program and its subcommands.
struct Program {
    std::string name;
    std::string summary;
    std::string description;
    std::vector<Command> commands;
    std::vector<std::string> examples;
    std::vector<std::string> environment; // `E2B_API_KEY the API key`
};

// Calls `each` with every option of a command.
template <class Each>
void for_each_option(Command const& command, Each each) {
    for (auto const& group : command.groups) {
        for (auto const& option : group.options)
            each(option);
    }
}

} // namespace e2b::cli
