#include "cli/options/completion.hpp"

#include <algorithm>
#include <functional>

namespace e2b::cli {
namespace {

bool takes_file(Option const& option) {
    return option.value == "FILE";
}

bool takes_file(Command const& command) {
    return std::ranges::any_of(command.arguments,
                               [](Argument const& argument) { return argument.name.starts_with("FILE"); });
}

std::string joined(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

// In single quotes, for any shell; `escape` is how one writes a single quote within them.
std::string quoted(std::string const& text, char const* escape) {
    std::string result = "'";
    for (char const c : text)
        result += c == '\'' ? std::string(escape) : std::string(1, c);
    return result + "'";
}

std::string function_name(Program const& program) {
    auto name = '_' + program.name;
    std::ranges::replace(name, '-', '_');
    return name;
}

std::vector<std::string> names_of(std::vector<Command> const& commands) {
    std::vector<std::string> names;
    for (auto const& command : commands)
        names.push_back(command.name);
    return names;
}

// The words that may follow as arguments of a command.
std::vector<std::string> choices_of(Command const& command) {
    std::vector<std::string> words;
    for (auto const& argument : command.arguments)
        words.insert(words.end(), argument.choices.begin(), argument.choices.end());
    return words;
}

// ---- bash

// File names have blanks, and more that splits words or is expanded.
std::string bash_files(std::string const& function) {
    return function + "_files() {\n"
                      "    local name\n"
                      "    compopt -o filenames 2> /dev/null\n"
                      "    while IFS= read -r name; do\n"
                      "        COMPREPLY+=(\"$name\")\n"
                      "    done < <(compgen -f -- \"$1\")\n"
                      "}\n";
}

std::string bash_reply(std::string const& function, bool files, std::vector<std::string> const& words) {
    if (files)
        return function + "_files \"$cur\"";
    return words.empty() ? "" : "COMPREPLY=($(compgen -W \"" + joined(words) + "\" -- \"$cur\"))";
}

std::string bash_command(std::string const& function, Command const& command) {
    std::vector<std::string> options{"--help"};
    std::string values;
    for_each_option(command, [&](Option const& option) {
        options.push_back(option.name);
        if (option.value.empty())
            return;
        auto const reply = bash_reply(function, takes_file(option), option.choices);
        values +=
            "            " + option.name + ") " + reply + (reply.empty() ? "return ;;\n" : "; return ;;\n");
    });
    std::string text = "    " + command.name + ")\n        case \"$prev\" in\n" + values + "        esac\n";
    text += "        if [[ $cur == -* ]]; then\n            " + bash_reply(function, false, options) + '\n';
    if (auto const reply = bash_reply(function, takes_file(command), choices_of(command)); !reply.empty())
        text += "        else\n            " + reply + '\n';
    return text + "        fi ;;\n";
}

std::string for_bash(Program const& program) {
    auto const function = function_name(program);
    auto const commands = bash_reply(function, false, names_of(program.commands));
    auto text = "# Completes " + program.name + " in bash.\n" + bash_files(function) + function +
                "() {\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                "    COMPREPLY=()\n"
                "    if ((COMP_CWORD == 1)); then\n"
                "        COMPREPLY=($(compgen -W \"" +
                joined(names_of(program.commands)) +
                " help --help --version\" -- \"$cur\"))\n"
                "        return\n"
                "    fi\n"
                "    case \"${COMP_WORDS[1]}\" in\n";
    for (auto const& command : program.commands)
        text += bash_command(function, command);
    text += "    help) " + commands + " ;;\n    esac\n}\n";
    return text + "complete -F " + function + ' ' + program.name + '\n';
}

// ---- zsh

constexpr char const* quote_in_shell = "'\\''";

// A text within the brackets of a specification of `_arguments`.
std::string zsh_text(std::string const& text) {
    std::string result;
    for (char const c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\')
            result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_action(Option const& option) {
    if (takes_file(option))
        return "_files";
    return option.choices.empty() ? "" : '(' + joined(option.choices) + ')';
}

std::string zsh_option(Option const& option) {
    std::string spec = option.repeatable ? "*" : "";
    spec += option.name + '[' + zsh_text(option.help) + ']';
    if (!option.value.empty())
        spec += ':' + zsh_text(option.value) + ':' + zsh_action(option);
    return quoted(spec, quote_in_shell);
}

std::string zsh_command(Command const& command) {
    std::string text = "        " + command.name + ")\n            _arguments '--help[Show help]'";
    for_each_option(command,
                    [&](Option const& option) { text += " \\\n                " + zsh_option(option); });
    auto const choices = choices_of(command);
    for (auto const& argument : command.arguments) {
        auto const action = !choices.empty()      ? '(' + joined(choices) + ')'
                            : takes_file(command) ? "_files"
                                                  : "";
        text +=
            " \\\n                " + quoted("*:" + zsh_text(argument.name) + ':' + action, quote_in_shell);
    }
    return text + " ;;\n";
}

std::string for_zsh(Program const& program) {
    auto const function = function_name(program);
    auto text =
        "#compdef " + program.name + "\n# Completes " + program.name + " in zsh.\n" + function +
        "() {\n"
        "    local context state state_descr line\n"
        "    typeset -A opt_args\n"
        "    _arguments -C '--help[Show help]' '--version[Show versions]' '1:subcommand:->subcommand' "
        "'*::argument:->argument'\n"
        "    case $state in\n"
        "    subcommand)\n"
        "        local -a subcommands=(\n";
    for (auto const& command : program.commands)
        text +=
            "            " + quoted(command.name + ':' + zsh_text(command.summary), quote_in_shell) + '\n';
    text += "            'help:Show help on a subcommand'\n"
            "        )\n"
            "        _describe subcommand subcommands ;;\n"
            "    argument)\n"
            "        case $words[1] in\n";
    for (auto const& command : program.commands)
        text += zsh_command(command);
    text += "        help)\n            _arguments '1:subcommand:(" + joined(names_of(program.commands)) +
            ")' ;;\n";
    return text + "        esac ;;\n    esac\n}\n" + "if [[ $funcstack[1] == " + function +
           " ]]; then\n    " + function + " \"$@\"\nelse\n    compdef " + function + ' ' + program.name +
           "\nfi\n";
}

// ---- fish

constexpr char const* quote_in_fish = "\\'";

std::string fish_quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\\');
    return quoted(text, quote_in_fish);
}

std::string fish_option(Program const& program, Command const& command, Option const& option) {
    auto text = "complete -c " + program.name + " -n '__fish_seen_subcommand_from " + command.name + "' -l " +
                option.name.substr(2) + " -d " + fish_quoted(option.help);
    if (takes_file(option))
        text += " -r -F";
    else if (!option.choices.empty())
        text += " -x -a " + fish_quoted(joined(option.choices));
    else if (!option.value.empty())
        text += " -x";
    return text + '\n';
}

std::string for_fish(Program const& program) {
    auto text = "# Completes " + program.name + " in fish.\ncomplete -c " + program.name + " -f\n";
    auto const first = "complete -c " + program.name + " -n __fish_use_subcommand ";
    auto const commands = joined(names_of(program.commands));
    auto const behind = [&](std::string const& names) {
        return "complete -c " + program.name + " -n '__fish_seen_subcommand_from " + names + "' ";
    };
    text += first + "-s h -l help -d 'Show help'\n" + first + "-l version -d 'Show versions'\n";
    text += first + "-a help -d 'Show help on a subcommand'\n" + behind("help") + "-a '" + commands + "'\n";
    text += behind(commands) + "-s h -l help -d 'Show help'\n";
    for (auto const& command : program.commands) {
        text += first + "-a " + command.name + " -d " + fish_quoted(command.summary) + '\n';
        for_each_option(command,
                        [&](Option const& option) { text += fish_option(program, command, option); });
        auto const here = behind(command.name);
        if (auto const choices = choices_of(command); !choices.empty())
            text += here + "-a " + fish_quoted(joined(choices)) + '\n';
        else if (takes_file(command))
            text += here + "-F\n";
    }
    return text;
}

} // namespace

std::optional<std::string> format_completion(Program const& program, std::string_view shell) {
    if (shell == "bash")
        return for_bash(program);
    if (shell == "zsh")
        return for_zsh(program);
    if (shell == "fish")
        return for_fish(program);
    return std::nullopt;
}

} // namespace e2b::cli
