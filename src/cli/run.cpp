#include "cli/run.hpp"

#include <string>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::size_t sent(BulkProgress const& progress) {
    return progress.in_flight - progress.preparing;
}

std::string describe_stop(BulkProgress const& progress) {
    auto const count = sent(progress);
    if (count == 0)
        return "interrupted: nothing was in flight\n";
    return "interrupted: waiting for " + std::to_string(count) + " in flight; interrupt again to cut them\n";
}

constexpr std::chrono::milliseconds interval_on_terminal(100);
constexpr std::chrono::milliseconds interval_in_log(5000);

} // namespace

Run::Run(Session& session, e2b::BulkOptions options, bool shows_progress)
    : session_(session),
      options_(std::move(options)),
      shows_progress_(shows_progress) {
    options_.progress_interval = Console::err_is_terminal() ? interval_on_terminal : interval_in_log;
}

asio::awaitable<BulkProgress> Run::execute(BulkSource& feed, Source const& source, Recorder const& recorder,
                                           BulkSink sink) {
    if (shows_progress_)
        options_.on_progress = [&](BulkProgress const& progress) {
            show(progress, source, recorder.tally());
        };
    auto& console = session_.console();
    options_.on_result = std::move(sink);
    BulkRun run(session_.client(), options_);
    session_.interrupt().on_stop([&] {
        console.err(describe_stop(run.progress()));
        run.drain();
    });
    session_.interrupt().on_cut([&] {
        console.err("interrupted again: cutting " + std::to_string(sent(run.progress())) + " in flight\n");
        run.cut();
    });
    // Nobody reads the results any more: nothing further is started, and the list is not waited for.
    console.on_out_error([&run] { run.drain(); });
    std::exception_ptr error;
    BulkProgress progress;
    try {
        progress = co_await run.execute(feed);
    } catch (...) {
        error = std::current_exception();
    }
    console.on_out_error({});
    session_.interrupt().on_stop({});
    session_.interrupt().on_cut({});
    if (shows_progress_ && Console::err_is_terminal())
        console.status("");
    if (error)
        std::rethrow_exception(error);
    if (shows_progress_ && progress.stopped_by)
        console.err("stopped: " + progress.stop_reason +
                    ". What is left is not_sent: run the command again for it, with --resume if it had a "
                    "--journal\n");
    co_return progress;
}

void Run::show(BulkProgress const& progress, Source const& source, Tally const& tally) {
    ProgressState state;
    state.in_flight = progress.in_flight;
    state.window = progress.window;
    state.held = progress.ready + progress.waiting;
    state.waiting_for_node = progress.waiting_for_node;
    state.rate = progress.snapshots_per_second;
    state.outage = progress.outage ? progress.outage->to_string() : "";
    state.source_progress = source.progress();
    state.elapsed = progress.elapsed;
    if (Console::err_is_terminal())
        session_.console().status(format_progress(tally, state, Console::err_columns() - 1));
    else
        session_.console().err(format_progress(tally, state) + '\n');
}

} // namespace e2b::cli
