#include "cli/options/parse.hpp"

#include "cli/options/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace e2b::cli {
namespace {

// Where `command`, or a subcommand that was not read yet, takes a key from.
std::string place_of_key(Command const* command) {
    bool has_file = command == nullptr;
    if (command != nullptr)
        for_each_option(*command, [&](Option const& each) { has_file |= each.name == "--api-key-file"; });
    if (has_file)
        return "Set E2B_API_KEY, or write the key to a file and give --api-key-file FILE";
    return command->takes_key ? "Set E2B_API_KEY" : "Leave it out: " + command->name + " needs no key";
}

std::string never_on_command_line(Command const* command) {
    return "an API key does not belong on a command line, where every user of this machine can see it, and "
           "where it stays in the shell's history. " +
           place_of_key(command) + ". Consider this key known to others";
}

std::string quote(std::string const& word) {
    return '\'' + word + '\'';
}

// `--api-key` and what else people would call it.
bool is_named_like_key(std::string_view name) {
    std::string letters;
    for (char const c : name) {
        if (c != '-' && c != '_')
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    static constexpr std::array<std::string_view, 5> names{"apikey", "key", "e2bapikey", "token",
                                                           "accesstoken"};
    return std::ranges::find(names, letters) != names.end();
}

bool asks_for_help(std::string const& word) {
    return word == "--help" || word == "-h";
}

class Parser {
public:
    Parser(Command const& command, std::vector<std::string> const& words)
        : command_(command),
          words_(words) {}

    // Yields false where help is asked for.
    bool parse(std::size_t begin);

private:
    struct Given {
        Option const* option;
        std::string value;
    };

    [[noreturn]] void fail(std::string const& problem) const { throw CommandLineError(problem, &command_); }
    void take_option(std::size_t& position);
    void take_argument(std::string const& word);
    [[nodiscard]] Option const& find(std::string const& name) const;
    [[nodiscard]] std::string value_for(Option const& option, std::size_t& position) const;
    [[nodiscard]] bool has(std::string const& name) const;
    void check_relations() const;
    void check_arguments() const;
    void check_value(std::string const& name, std::string const& value) const;
    void hand_over() const;

    Command const& command_;
    std::vector<std::string> const& words_;
    std::vector<Given> given_;
    std::vector<std::string> arguments_;
};

bool Parser::parse(std::size_t begin) {
    bool only_arguments = false;
    bool wants_help = false;
    for (std::size_t position = begin; position < words_.size(); ++position) {
        auto const& word = words_[position];
        if (only_arguments || word == "-" || !word.starts_with('-'))
            take_argument(word);
        else if (word == "--")
            only_arguments = true;
        else if (asks_for_help(word))
            wants_help = true;
        else
            take_option(position);
    }
    if (wants_help)
        return false;
    check_relations();
    check_arguments();
    hand_over();
    return true;
}

void Parser::take_option(std::size_t& position) {
    auto const& word = words_[position];
    auto const equals = word.find('=');
    auto const& option = find(word.substr(0, equals));
    if (!option.repeatable && has(option.name))
        fail(option.name + ": is given twice");
    if (option.value.empty() && equals != std::string::npos)
        fail(option.name + ": takes no value");
    if (option.value.empty())
        given_.push_back({&option, ""});
    else
        given_.push_back(
            {&option, equals != std::string::npos ? word.substr(equals + 1) : value_for(option, position)});
}

Option const& Parser::find(std::string const& name) const {
    Option const* found = nullptr;
    std::vector<std::string> known{"--help"};
    for_each_option(command_, [&](Option const& option) {
        if (option.name == name)
            found = &option;
        known.push_back(option.name);
    });
    if (found != nullptr)
        return *found;
    if (is_named_like_key(name))
        fail(name + ": " + never_on_command_line(&command_));
    auto const meant = suggestion(name, known);
    fail("there is no option " + quote(name) + (meant ? "; did you mean " + *meant + '?' : ""));
}

std::string Parser::value_for(Option const& option, std::size_t& position) const {
    if (position + 1 == words_.size())
        fail(option.name + ": needs a value, " + option.value);
    auto const& value = words_[position + 1];
    // More likely a value that was left out; negative numbers are for the option to refuse.
    bool const is_option = value.size() > 2 && value.starts_with("--");
    if (is_option)
        fail(option.name + ": needs a value, " + option.value + ", and " + quote(value) +
             " looks like an option; write " + option.name + "=VALUE if it is meant");
    ++position;
    return value;
}

void Parser::take_argument(std::string const& word) {
    bool const has_room = !command_.arguments.empty() && (command_.arguments.back().repeatable ||
                                                          arguments_.size() < command_.arguments.size());
    if (!has_room)
        fail(quote(word) + " is not expected here: " + command_.name + " takes " +
             (command_.arguments.empty() ? "no arguments" : "one " + command_.arguments.front().name));
    arguments_.push_back(word);
}

bool Parser::has(std::string const& name) const {
    return std::ranges::any_of(given_, [&](Given const& each) { return each.option->name == name; });
}

void Parser::check_relations() const {
    for (auto const& each : given_) {
        for (auto const& needed : each.option->needs) {
            if (!has(needed))
                fail(each.option->name + ": works only together with " + needed);
        }
        for (auto const& excluded : each.option->excludes) {
            if (has(excluded))
                fail(each.option->name + " and " + excluded + " exclude each other; give one of them");
        }
    }
}

void Parser::check_arguments() const {
    for (std::size_t i = arguments_.size(); i < command_.arguments.size(); ++i) {
        if (command_.arguments[i].required)
            fail(command_.arguments[i].name + " is missing: " + command_.arguments[i].help);
    }
}

void Parser::check_value(std::string const& name, std::string const& value) const {
    // What a script makes of a variable that is not set would mean something else, such as no filter at all.
    if (value.empty())
        fail(name + ": is empty");
    if (is_key_form(value))
        fail(name + ": is an API key by its form, and " + never_on_command_line(&command_));
}

// Only what was understood as a whole is handed over, so that the first complaint is about its form.
void Parser::hand_over() const {
    auto const explained = [this](std::string const& name, auto const& set) {
        try {
            set();
        } catch (std::invalid_argument const& problem) {
            fail((name.empty() ? "" : name + ": ") + problem.what());
        }
    };
    for (auto const& each : given_) {
        if (!each.option->value.empty())
            check_value(each.option->name, each.value);
        explained(each.option->name, [&] { each.option->set(each.value); });
    }
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
        auto const& argument = command_.arguments[std::min(i, command_.arguments.size() - 1)];
        check_value(argument.name, arguments_[i]);
        explained(argument.name, [&] { argument.set(arguments_[i]); });
    }
    explained("", command_.check);
}

Command const* find_command(Program const& program, std::string const& name) {
    auto const found = std::ranges::find(program.commands, name, &Command::name);
    return found == program.commands.end() ? nullptr : &*found;
}

// `known`: what else may stand in its place.
Command const* require_command(Program const& program, std::string const& name,
                               std::vector<std::string> known) {
    if (auto const* const found = find_command(program, name))
        return found;
    for (auto const& command : program.commands)
        known.push_back(command.name);
    auto const meant = suggestion(name, known);
    auto const* const kind = name.starts_with('-') ? "option " : "subcommand ";
    throw CommandLineError(
        "there is no " + (kind + quote(name)) + (meant ? "; did you mean " + *meant + '?' : ""), nullptr);
}

} // namespace

Parsed parse_command_line(Program const& program, std::vector<std::string> const& words) {
    if (words.empty())
        throw CommandLineError("a subcommand is missing", nullptr);
    auto const& first = words.front();
    bool const is_help = first == "help" || asks_for_help(first);
    std::size_t const taken = is_help ? 2 : 1;
    if ((is_help || first == "--version") && words.size() > taken)
        throw CommandLineError(quote(words[taken]) + " is not expected here: " + first +
                                   (is_help ? " takes one SUBCOMMAND" : " takes no arguments"),
                               nullptr);
    if (first == "--version")
        return {Parsed::Kind::version, nullptr};
    if (is_help) {
        bool const of_all = words.size() == 1 || asks_for_help(words[1]);
        return {Parsed::Kind::help, of_all ? nullptr : require_command(program, words[1], {})};
    }
    if (is_named_like_key(std::string_view(first).substr(0, first.find('='))) && first.starts_with('-'))
        throw CommandLineError(first.substr(0, first.find('=')) + ": " + never_on_command_line(nullptr),
                               nullptr);
    auto const* const command = require_command(program, first, {"help", "--help", "--version"});
    Parser parser(*command, words);
    return {parser.parse(1) ? Parsed::Kind::run : Parsed::Kind::help, command};
}

} // namespace e2b::cli
