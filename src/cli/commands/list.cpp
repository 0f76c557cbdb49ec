#include "cli/commands/commands.hpp"
#include "cli/input/paging.hpp"
#include "cli/output/record.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/session.hpp"

#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::string to_line(SnapshotInfo const& snapshot, OutputFormat format) {
    std::string text;
    if (format == OutputFormat::json) {
        JsonObjectWriter object(text);
        object.number("schema", std::to_string(record_schema));
        object.string("snapshotID", snapshot.snapshot_id);
        object.strings("names", snapshot.names);
        if (!snapshot.status.empty())
            object.string("status", snapshot.status);
        object.end();
    } else {
        text = printable(snapshot.snapshot_id);
        for (auto const& name : snapshot.names)
            text += "  " + printable(name);
        if (!snapshot.status.empty())
            text += "  " + printable(snapshot.status);
    }
    return text + '\n';
}

asio::awaitable<ExitCode> list(Session& session, ListOptions const& options) {
    SnapshotQuery query;
    query.sandbox_id = options.sandbox_id;
    query.name = options.name;
    auto const format = output_format(options.send, session.console());
    auto left = options.limit;
    auto print = [&](SnapshotInfo const& snapshot) {
        session.console().out(to_line(snapshot, format));
        return !session.console().out_error() && (!left || --*left > 0);
    };
    auto work = for_each_row(SnapshotPages(session.client(), std::move(query)), print);
    co_await std::move(work);
    co_return exit_all_created;
}

} // namespace

ExitCode run_command(ListOptions const& options) {
    Session session(client_settings(options.send, 1), options.send);
    return session.run([&](Session& running) { return list(running, options); });
}

} // namespace e2b::cli
