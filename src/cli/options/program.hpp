#pragma once

#include "cli/options/grammar.hpp"
#include "cli/options/options.hpp"

#include <string>
#include <variant>
#include <vector>

namespace e2b::cli {

// The values of all subcommands' options; those of one are filled in.
struct AllOptions {
    CreateOptions create;
    BulkOptions bulk;
    ListOptions list;
    DeleteOptions remove;
    SandboxesOptions sandboxes;
    ReconcileOptions reconcile;
    ReportOptions report;
    DemoOptions demo;
    SimulateOptions simulate;
    std::string shell; // of `completion`
};

// The grammar of the command line; `options` must outlive it.
[[nodiscard]] Program make_program(AllOptions& options);

// A text that was asked for: help, versions, a completion script, the man page.
struct Text {
    std::string text;
};

// What follows the program's name. Throws CommandLineError, which names the subcommand whose help says more.
struct Refused {
    std::string problem;
    std::string help; // the command that says more
};
[[nodiscard]] std::variant<Options, Text, Refused> parse_options(std::vector<std::string> const& words);

} // namespace e2b::cli
