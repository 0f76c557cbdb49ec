#include "cli/client_settings.hpp"
#include "cli/commands.hpp"
#include "cli/recorder.hpp"
#include "cli/session.hpp"
#include "cli/usage_error.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace e2b::cli {
namespace asio = boost::asio;
namespace {

SnapshotRequest request_of(CreateOptions const& options) {
    SnapshotRequest request(options.sandbox_id, options.name);
    request.memory = options.kind;
    try {
        return options.unique_tag ? with_unique_tag(std::move(request)) : request;
    } catch (std::invalid_argument const& error) {
        throw UsageError(std::string("--unique-tag: ") + error.what());
    }
}

boost::asio::awaitable<ExitCode> create(Session& session, SnapshotRequest const& request,
                                        CreateOptions const& options) {
    // What was not sent yet ends at once.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    session.interrupt().on_stop([&session] {
        session.console().err(
            "interrupted: once it was sent, the response is waited for; interrupt again to cut it\n");
        session.cancel(asio::cancellation_type::total);
    });
    session.interrupt().on_cut([&session] { session.cancel(); });
    auto call = session.client().try_create_snapshot(request);
    auto record = make_record(request.sandbox_id, co_await std::move(call));
    record.name = request.name;
    record.memory = request.memory;
    if (options.unique_tag)
        record.uniqueness = NameUniqueness::tag;
    if (record.attempts > 0)
        record.last_try = std::chrono::system_clock::now(); // it began before this
    Recorder recorder(session.console(), output_format(options.send));
    recorder.add(record);
    co_return record.outcome == Outcome::created ? exit_all_created : exit_some_failed;
}

} // namespace

ExitCode run_command(CreateOptions const& options) {
    auto const request = request_of(options);
    Session session(client_settings(options.send, 1), options.send.verbose);
    return session.run([&](Session& running) { return create(running, request, options); });
}

} // namespace e2b::cli
