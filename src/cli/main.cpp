#include "cli/basics/key_form.hpp"
#include "cli/basics/standard_streams.hpp"
#include "cli/basics/usage_error.hpp"
#include "cli/basics/writer.hpp"
#include "cli/commands/commands.hpp"
#include "cli/options/program.hpp"
#include "cli/session/settings_source.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <system_error>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

using namespace e2b::cli;

ExitCode complain(std::string const& problem, ExitCode code) {
    std::cerr << "e2b-snapshot: " << without_keys(problem) << '\n';
    return code;
}

ExitCode print(Text const& text) {
    if (auto const error = Writer::write_fully(STDOUT_FILENO, text.text))
        return complain("cannot write to stdout: " + error.message(), exit_some_failed);
    return exit_all_created;
}

ExitCode run(std::vector<std::string> const& words) {
    auto const parsed = parse_options(words);
    if (auto const* const refused = std::get_if<Refused>(&parsed))
        return complain(refused->problem + "\nSee '" + refused->help + "'.", exit_usage);
    if (auto const problem = stdout_problem())
        return complain(*problem, exit_usage);
    if (auto const* const text = std::get_if<Text>(&parsed))
        return print(*text);
    return std::visit([](auto const& options) { return run_command(options); }, std::get<Options>(parsed));
}

} // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    ignore_write_signals();
    try {
        return run(argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>());
    } catch (UsageError const& error) {
        return complain(error.what(), exit_usage);
    } catch (e2b::SnapshotError const& error) {
        bool const is_usage = error.code() == e2b::Errc::invalid_argument;
        return is_usage ? complain(explain_filter(error.failure().detail), exit_usage)
                        : complain(error.what(), exit_some_failed);
    } catch (std::exception const& error) {
        return complain(error.what(), exit_some_failed);
    }
}
