#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/record.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"

#include <iostream>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// Whether the user at the terminal says so. Throws UsageError where there is nobody to ask.
bool confirmed(DeleteOptions const& options) {
    if (options.yes)
        return true;
    if (::isatty(STDIN_FILENO) == 0)
        throw UsageError(
            "delete: nobody can be asked, as stdin is no terminal; --yes deletes without asking");
    std::cerr << "Delete " << options.ids.size() << (options.ids.size() == 1 ? " snapshot" : " snapshots")
              << " for good, with all their tags and builds? [y/N] ";
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::string to_line(std::string const& id, Result<Deletion> const& result, OutputFormat format) {
    std::string const outcome = !result ? "failed" : *result == Deletion::deleted ? "deleted" : "not_found";
    std::string const problem = result ? "" : result.error().to_string();
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        object.string("snapshotID", id);
        object.string("outcome", outcome);
        if (!result) {
            JsonObjectWriter error(object.field("error"));
            error.string("code", to_string(result.error().error));
            error.string("message", problem);
            write_server_words(error, result.error().server_error_code, result.error().trace_id);
            error.end();
        }
        object.end();
    } else {
        text = outcome;
        text.resize(11, ' ');
        text += printable(id) + (result ? "" : "  " + printable(problem));
    }
    return text + '\n';
}

asio::awaitable<ExitCode> remove_all(Session& session, DeleteOptions const& options) {
    bool all = true;
    for (auto const& id : options.ids) {
        auto call = session.client().try_delete_snapshot(id);
        auto const result = co_await std::move(call);
        session.console().out(to_line(id, result, output_format(options.send)));
        all = all && result && *result == Deletion::deleted;
    }
    co_return all ? exit_all_created : exit_some_failed;
}

} // namespace

ExitCode run_command(DeleteOptions const& options) {
    auto config = client_settings(options.send, 1);
    if (!confirmed(options)) {
        std::cerr << "nothing was deleted\n";
        return exit_some_failed;
    }
    Session session(std::move(config), options.send.verbose);
    return session.run([&](Session& running) { return remove_all(running, options); });
}

} // namespace e2b::cli
