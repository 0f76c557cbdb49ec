#include "cli/options/man_page.hpp"

#include "cli/options/help.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

// As man(1) sets a page on 80 columns.
constexpr std::size_t text_columns = 78;
constexpr std::size_t text_indent = 7;

// A text as roff takes it: nothing in it is a command or a special character.
std::string escaped(std::string_view text) {
    std::string result;
    for (char const c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if (c == '\'')
            result += "\\(aq";
        else
            result += c;
    }
    if (result.starts_with('.'))
        result.insert(0, "\\&");
    return result;
}

std::string upper(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

// Lines that keep their form: as far to the right as other text, or as leaves room for the longest of them.
std::string literal(std::vector<std::string> const& lines) {
    std::size_t longest = 0;
    for (auto const& line : lines)
        longest = std::max(longest, line.size());
    auto const indent = longest < text_columns ? std::min(text_indent, text_columns - longest) : 0;
    auto text = ".nf\n.in " + std::to_string(indent) + "n\n";
    for (auto const& line : lines)
        text += escaped(line) + '\n';
    return text + ".in\n.fi\n";
}

// Paragraphs; lines that begin with a blank keep their form.
std::string paragraphs(std::string_view text) {
    std::string result;
    std::vector<std::string> kept;
    for (bool more = true; more;) {
        auto const end = text.find('\n');
        auto const line = text.substr(0, end);
        more = end != std::string_view::npos;
        text.remove_prefix(more ? end + 1 : text.size());
        if (line.starts_with(' ')) {
            kept.emplace_back(line);
            continue;
        }
        if (!kept.empty())
            result += literal(std::exchange(kept, {}));
        result += line.empty() ? ".PP\n" : escaped(line) + '\n';
    }
    return kept.empty() ? result : result + literal(kept);
}

std::string tagged(std::string const& tag, std::string const& text) {
    return ".TP\n" + tag + '\n' + paragraphs(text);
}

std::string tag_of(Option const& option) {
    auto const name = "\\fB" + escaped(option.name) + "\\fR";
    return option.value.empty() ? name : name + " \\fI" + escaped(option.value) + "\\fR";
}

std::string examples_of(std::vector<std::string> const& examples) {
    std::vector<std::string> lines;
    for (auto const& example : examples)
        lines.push_back("  " + example);
    return ".PP\n" + literal(lines);
}

// Rows whose first word is what is explained.
std::string rows_of(std::vector<std::string> const& rows) {
    std::string text;
    for (auto const& row : rows) {
        auto const end = row.find(' ');
        text += tagged("\\fB" + escaped(row.substr(0, end)) + "\\fR", row.substr(end + 1));
    }
    return text;
}

std::string format_command(Program const& program, Command const& command) {
    std::string text = ".SH " + upper(escaped(command.name)) + '\n' + escaped(command.summary) + ".\n";
    for (auto const& usage : command.usage)
        text += ".PP\n\\fB" + escaped(program.name + ' ' + command.name) + "\\fR " + escaped(usage) + '\n';
    if (!command.description.empty())
        text += ".PP\n" + paragraphs(command.description);
    for (auto const& argument : command.arguments)
        text += tagged("\\fI" + escaped(argument.name) + "\\fR", argument.help);
    for (auto const& group : command.groups) {
        text += ".SS " + escaped(group.heading) + '\n';
        for (auto const& option : group.options)
            text += tagged(tag_of(option), full_help(option));
    }
    if (!command.examples.empty())
        text += ".SS Examples\n" + examples_of(command.examples);
    if (!command.exit_codes.empty())
        text += ".SS Exit codes\n" + rows_of(command.exit_codes);
    return text;
}

} // namespace

std::string format_man_page(Program const& program, std::string_view version) {
    std::string text = ".TH " + upper(escaped(program.name)) + " 1 \"\" \"" + escaped(program.name) + ' ' +
                       escaped(version) + "\"\n";
    text += ".SH NAME\n" + escaped(program.name) + " \\- " + escaped(program.summary) + '\n';
    text += ".SH SYNOPSIS\n\\fB" + escaped(program.name) +
            "\\fR \\fISUBCOMMAND\\fR [\\fIOPTIONS\\fR] "
            "[\\fIARGUMENTS\\fR]\n";
    text += ".SH DESCRIPTION\n" + paragraphs(program.description);
    for (auto const& command : program.commands)
        text += format_command(program, command);
    text += ".SH ENVIRONMENT\n" + rows_of(program.environment);
    text += ".SH EXAMPLES\n" + examples_of(program.examples);
    return text;
}

} // namespace e2b::cli
