#include "cli/commands/commands.hpp"
#include "cli/input/paging.hpp"
#include "cli/input/selection.hpp"
#include "cli/output/record.hpp"
#include "cli/session/client_settings.hpp"
#include "cli/session/session.hpp"

#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::string to_json(SandboxInfo const& sandbox) {
    std::string text;
    JsonObjectWriter object(text);
    object.number("schema", std::to_string(record_schema));
    object.string("sandboxID", sandbox.sandbox_id);
    object.string("templateID", sandbox.template_id);
    if (!sandbox.alias.empty())
        object.string("alias", sandbox.alias);
    object.string("state", sandbox.state);
    object.string("startedAt", sandbox.started_at);
    object.string("endAt", sandbox.end_at);
    object.number("cpuCount", std::to_string(sandbox.cpu_count));
    object.number("memoryMB", std::to_string(sandbox.memory_mb));
    object.number("diskSizeMB", std::to_string(sandbox.disk_size_mb));
    std::string pairs;
    JsonObjectWriter metadata(pairs);
    for (auto const& [key, value] : sandbox.metadata)
        metadata.string(key, value);
    metadata.end();
    object.field("metadata") += pairs;
    object.end();
    return text;
}

std::string to_text(SandboxInfo const& sandbox) {
    std::string text = printable(sandbox.sandbox_id) + "  " + printable(sandbox.state) + "  " +
                       printable(sandbox.started_at) + "  " +
                       printable(sandbox.alias.empty() ? sandbox.template_id : sandbox.alias);
    for (auto const& [key, value] : sandbox.metadata)
        text += "  " + printable(key) + '=' + printable(value);
    return text;
}

asio::awaitable<ExitCode> list(Session& session, SandboxesOptions const& options) {
    auto const format = output_format(options.send, session.console());
    auto left = options.limit;
    auto print = [&](SandboxInfo const& sandbox) {
        session.console().out((format == OutputFormat::json ? to_json(sandbox) : to_text(sandbox)) + '\n');
        return !session.console().out_error() && (!left || --*left > 0);
    };
    auto work = for_each_row(SandboxPages(session.client(), query_of(options.selection)), print);
    co_await std::move(work);
    co_return exit_all_created;
}

} // namespace

ExitCode run_command(SandboxesOptions const& options) {
    Session session(client_settings(options.send, 1), options.send);
    return session.run([&](Session& running) { return list(running, options); });
}

} // namespace e2b::cli
