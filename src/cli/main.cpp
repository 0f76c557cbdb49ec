#include "cli/commands.hpp"
#include "cli/standard_streams.hpp"
#include "cli/usage_error.hpp"

#include <e2b/error.hpp>

#include <exception>
#include <iostream>
#include <variant>

namespace {

using namespace e2b::cli;

int complain(char const* problem, ExitCode code) {
    std::cerr << "e2b-snapshot: " << problem << '\n';
    return code;
}

} // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    ignore_write_signals();
    try {
        auto const parsed = parse_options(argc, argv);
        if (auto const* const code = std::get_if<ExitCode>(&parsed))
            return *code;
        if (auto const problem = stdout_problem())
            return complain(problem->c_str(), exit_usage);
        return std::visit([](auto const& options) { return run_command(options); },
                          std::get<Options>(parsed));
    } catch (UsageError const& error) {
        return complain(error.what(), exit_usage);
    } catch (e2b::ConfigError const& error) {
        return complain(error.what(), exit_usage);
    } catch (e2b::SnapshotError const& error) {
        bool const is_usage = error.code() == e2b::Errc::invalid_argument;
        return is_usage ? complain(error.failure().detail.c_str(), exit_usage)
                        : complain(error.what(), exit_some_failed);
    } catch (std::exception const& error) {
        return complain(error.what(), exit_some_failed);
    }
}
