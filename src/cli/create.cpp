#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/recorder.hpp"
#include "cli/session.hpp"

#include <utility>

namespace e2b::cli {
namespace {

boost::asio::awaitable<ExitCode> create(Session& session, CreateOptions const& options) {
    session.interrupt().on_stop([&session] {
        session.console().err("interrupted: waiting for the snapshot; interrupt again to cut it\n");
    });
    session.interrupt().on_cut([&session] { session.cancel(); });
    SnapshotRequest const request(options.sandbox_id, options.name);
    auto call = session.client().try_create_snapshot(request);
    auto record = make_record(options.sandbox_id, co_await std::move(call));
    record.name = options.name;
    Recorder recorder(session.console(), output_format(options.send));
    recorder.add(record);
    co_return record.outcome == Outcome::created ? exit_all_created : exit_some_failed;
}

} // namespace

ExitCode run_command(CreateOptions const& options) {
    Session session(client_settings(options.send, 1), options.send.verbose);
    return session.run([&](Session& running) { return create(running, options); });
}

} // namespace e2b::cli
