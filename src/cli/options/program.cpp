#include "cli/options/program.hpp"

#include "cli/options/completion.hpp"
#include "cli/options/groups.hpp"
#include "cli/options/help.hpp"
#include "cli/options/makers.hpp"
#include "cli/options/man_page.hpp"
#include "cli/options/parse.hpp"
#include "cli/options/versions.hpp"

#include <utility>

namespace e2b::cli {
namespace {

Command completion_command(std::string& shell) {
    Command command{.name = "completion",
                    .summary = "Print the script by which a shell completes command lines",
                    .usage = {"bash|zsh|fish"}};
    auto const set = [&shell](std::string const& given) {
        if (given != "bash" && given != "zsh" && given != "fish")
            throw not_one_of(given, {"bash", "zsh", "fish"});
        shell = given;
    };
    command.arguments = {
        {.name = "SHELL", .help = "bash, zsh or fish", .set = set, .choices = {"bash", "zsh", "fish"}}};
    command.examples = {"source <(e2b-snapshot completion bash)"};
    command.exit_codes = {"0 printed", "2 an argument was refused"};
    return command;
}

Command man_page_command() {
    Command command{.name = "man-page", .summary = "Print the manual page", .usage = {""}};
    command.examples = {"e2b-snapshot man-page | man -l -"};
    command.exit_codes = {"0 printed", "2 an argument was refused"};
    return command;
}

Options options_of(std::string const& command, AllOptions& all) {
    if (command == "create")
        return std::move(all.create);
    if (command == "bulk")
        return std::move(all.bulk);
    if (command == "list")
        return std::move(all.list);
    if (command == "delete")
        return std::move(all.remove);
    if (command == "sandboxes")
        return std::move(all.sandboxes);
    if (command == "reconcile")
        return std::move(all.reconcile);
    if (command == "report")
        return std::move(all.report);
    if (command == "demo")
        return std::move(all.demo);
    return std::move(all.simulate);
}

} // namespace

Program make_program(AllOptions& options) {
    Program program{.name = "e2b-snapshot",
                    .summary = "Takes persistent snapshots of E2B sandboxes, one or a whole fleet.",
                    .description = {},
                    .commands = {},
                    .examples = {},
                    .environment = {}};
    program.description =
        "The API key is read from the environment variable E2B_API_KEY or from --api-key-file, never "
        "from an argument. Results go to stdout, all else to stderr.";
    program.commands = {create_command(options.create),
                        bulk_command(options.bulk),
                        reconcile_command(options.reconcile),
                        report_command(options.report),
                        list_command(options.list),
                        delete_command(options.remove),
                        sandboxes_command(options.sandboxes),
                        demo_command(options.demo),
                        simulate_command(options.simulate),
                        completion_command(options.shell),
                        man_page_command()};
    program.examples = {"e2b-snapshot demo", "e2b-snapshot create i0123456789abcdefghij --name nightly:v1",
                        "e2b-snapshot bulk ids.txt --journal run.jsonl > results.jsonl",
                        "e2b-snapshot list --name nightly"};
    program.environment = {"E2B_API_KEY the API key",
                           "E2B_API_URL where the API is; https://api.e2b.app without it",
                           "E2B_DOMAIN the API is at api.<domain>",
                           "E2B_DEBUG if true, the API is at http://localhost:3000",
                           "SSL_CERT_FILE a PEM file of trusted certificates, instead of the system's",
                           "SSL_CERT_DIR directories of trusted certificates, separated by colons",
                           "HTTPS_PROXY the proxy: [http://][user:password@]host[:port]",
                           "NO_PROXY hosts that are reached without it, separated by commas",
                           "NO_COLOR if not empty, no colours on the terminal"};
    return program;
}

std::variant<Options, Text, Refused> parse_options(std::vector<std::string> const& words) {
    AllOptions all;
    auto const program = make_program(all);
    try {
        auto const parsed = parse_command_line(program, words);
        if (parsed.kind == Parsed::Kind::version)
            return Text{format_versions()};
        if (parsed.kind == Parsed::Kind::help)
            return Text{parsed.command != nullptr ? format_help(program, *parsed.command)
                                                  : format_help(program)};
        if (parsed.command->name == "completion")
            return Text{format_completion(program, all.shell).value()};
        if (parsed.command->name == "man-page")
            return Text{format_man_page(program, version())};
        return options_of(parsed.command->name, all);
    } catch (CommandLineError const& error) {
        auto const where = error.command != nullptr ? ' ' + error.command->name : std::string();
        return Refused{error.what(), program.name + where + " --help"};
    }
}

} // namespace e2b::cli
