#include "cli/options/help.hpp"

#include <algorithm>

namespace e2b::cli {
namespace {

// Where the text of options begins; longer names get a line of their own.
constexpr std::size_t text_column = 28;

// A line of the text, which has no line feed.
void wrap_line(std::string_view line, std::size_t indent, std::size_t columns, std::string& result) {
    std::string const margin(indent, ' ');
    if (line.empty() || line.front() == ' ') {
        result += line.empty() ? "\n" : margin + std::string(line) + '\n';
        return;
    }
    std::string current;
    while (!line.empty()) {
        auto const end = std::min(line.find(' '), line.size());
        auto const word = line.substr(0, end);
        bool const fits = indent + current.size() + 1 + word.size() <= columns;
        if (!current.empty() && !fits) {
            result += margin + current + '\n';
            current.clear();
        }
        current += (current.empty() ? "" : " ") + std::string(word);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    result += margin + current + '\n';
}

std::string row(std::string const& name, std::string const& text) {
    std::string left = "  " + name;
    auto lines = wrapped(text, text_column);
    if (left.size() + 2 > text_column)
        return left + '\n' + lines;
    left.resize(text_column, ' ');
    return left + lines.substr(text_column);
}

std::string heading(std::string const& text) {
    return '\n' + text + ":\n";
}

std::string names_of(Option const& option) {
    return option.value.empty() ? option.name : option.name + ' ' + option.value;
}

std::string format_examples(std::vector<std::string> const& examples) {
    if (examples.empty())
        return "";
    std::string text = heading(examples.size() == 1 ? "Example" : "Examples");
    for (auto const& example : examples)
        text += "  " + example + '\n';
    return text;
}

// Rows whose first word is what is explained.
std::string format_rows(std::string const& title, std::vector<std::string> const& rows, std::size_t column) {
    if (rows.empty())
        return "";
    std::string text = heading(title);
    for (auto const& each : rows) {
        auto const end = each.find(' ');
        std::string left = "  " + each.substr(0, end);
        left.resize(std::max(column, left.size() + 2), ' ');
        text += left + wrapped(each.substr(end + 1), column).substr(column);
    }
    return text;
}

} // namespace

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
    std::string result;
    for (;;) {
        auto const end = text.find('\n');
        wrap_line(text.substr(0, end), indent, columns, result);
        if (end == std::string_view::npos)
            return result;
        text.remove_prefix(end + 1);
    }
}

std::string full_help(Option const& option) {
    std::string text = option.help;
    if (option.repeatable)
        text += " May be repeated.";
    if (!option.standard.empty())
        text += " [default: " + option.standard + ']';
    return text;
}

std::string format_help(Program const& program) {
    std::string text = "Usage: " + program.name + " SUBCOMMAND [OPTIONS] [ARGUMENTS]\n\n";
    text += wrapped(program.summary + "\n\n" + program.description, 0);
    text += heading("Subcommands");
    for (auto const& command : program.commands)
        text += row(command.name, command.summary);
    text += row("help [SUBCOMMAND]", "Show this help, or a subcommand's");
    text += heading("Options");
    text += row("-h, --help", "Show this help, or a subcommand's");
    text += row("--version", "Show the version of the command and of its libraries");
    text += format_examples(program.examples);
    text += format_rows("Environment", program.environment, text_column);
    return text;
}

std::string format_help(Program const& program, Command const& command) {
    std::string text;
    for (auto const& usage : command.usage)
        text +=
            (text.empty() ? "Usage: " : "       ") + program.name + ' ' + command.name + ' ' + usage + '\n';
    text += '\n' + wrapped(command.summary + '.', 0);
    if (!command.description.empty())
        text += '\n' + wrapped(command.description, 0);
    if (!command.arguments.empty())
        text += heading("Arguments");
    for (auto const& argument : command.arguments)
        text += row(argument.name, argument.help);
    for (auto const& group : command.groups) {
        text += heading(group.heading);
        for (auto const& option : group.options)
            text += row(names_of(option), full_help(option));
    }
    text += format_examples(command.examples);
    text += format_rows("Exit codes", command.exit_codes, 7);
    return text;
}

} // namespace e2b::cli
