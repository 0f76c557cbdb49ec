#include "cli/basics/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output/record.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/session.hpp"

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
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        object.number("schema", std::to_string(record_schema));
        object.string("snapshotID", id);
        object.string("outcome", outcome);
        if (!result) {
            JsonObjectWriter error(object.field("error"));
            write_error(error, make_error(result.error()));
            error.end();
        }
        object.end();
    } else {
        text = outcome;
        text.resize(11, ' ');
        text += printable(id) + (result ? "" : "  " + printable(result.error().to_string()));
    }
    return text + '\n';
}

asio::awaitable<ExitCode> remove_all(Session& session, DeleteOptions const& options) {
    bool all = true;
    for (auto const& id : options.ids) {
        if (session.console().out_error())
            break;
        auto call = session.client().try_delete_snapshot(id);
        auto const result = co_await std::move(call);
        session.console().out(to_line(id, result, output_format(options.send, session.console())));
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
    Session session(std::move(config), options.send);
    return session.run([&](Session& running) { return remove_all(running, options); });
}

} // namespace e2b::cli
