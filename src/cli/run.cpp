#include "cli/run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// As much output as may wait for a slow reader before nothing further is started.
constexpr std::size_t max_backlog_bytes = 1024 * 1024;

} // namespace

Run::Run(asio::any_io_executor executor, Client& client, Console& console, Interrupt& interrupt,
         Settings settings)
    : executor_(executor),
      client_(client),
      console_(console),
      interrupt_(interrupt),
      settings_(settings),
      progress_timer_(executor),
      changed_(executor) {}

asio::awaitable<void> Run::execute(Source& source) {
    interrupt_.on_stop([this, &source] { stop(source); });
    interrupt_.on_cut([this] { cut(); });
    // Nobody reads the results any more: nothing further is started, and the list is not waited for.
    console_.on_out_error([&source] { source.stop(); });
    if (settings_.progress)
        start_reporting(source);
    try {
        co_await start_all(source);
    } catch (...) {
        error_ = std::current_exception();
    }
    while (!calls_.empty())
        co_await changed_.wait();
    interrupt_.on_stop({});
    interrupt_.on_cut({});
    console_.on_out_error({});
    all_done_ = true;
    progress_timer_.cancel();
    while (reporting_)
        co_await changed_.wait();
    if (error_)
        std::rethrow_exception(error_);
}

std::chrono::nanoseconds Run::elapsed() const {
    return std::chrono::steady_clock::now() - begin_;
}

bool Run::ended() const {
    return interrupt_.stopping() || console_.out_error() || error_;
}

asio::awaitable<void> Run::start_all(Source& source) {
    for (;;) {
        co_await wait_for_room();
        if (ended())
            break;
        auto item = co_await source.next();
        if (!item || ended())
            break;
        start(std::move(*item));
    }
}

asio::awaitable<void> Run::wait_for_room() {
    while (!ended()) {
        if (console_.backlog() > max_backlog_bytes)
            co_await console_.changed().wait();
        else if (calls_.size() >= settings_.concurrency)
            co_await changed_.wait();
        else
            break;
    }
}

void Run::start(Source::Item item) {
    if (auto const* const malformed = std::get_if<MalformedLine>(&item.content)) {
        finish(make_invalid_record(malformed->sandbox_id, malformed->problem, item.line));
        return;
    }
    auto const position = calls_.emplace(calls_.end());
    auto ended = [this, position](std::exception_ptr error) {
        calls_.erase(position);
        if (error && !error_)
            error_ = error;
        changed_.notify();
    };
    asio::co_spawn(executor_, call(std::get<SnapshotRequest>(std::move(item.content)), item.line),
                   asio::bind_cancellation_slot(position->slot(), std::move(ended)));
}

asio::awaitable<void> Run::call(SnapshotRequest request, std::size_t line) {
    std::string sandbox_id = request.sandbox_id;
    auto result = co_await client_.try_create_snapshot(std::move(request));
    finish(make_record(std::move(sandbox_id), std::move(result), line));
}

void Run::finish(Record const& record) {
    tally_.add(record);
    if (settings_.records == OutputFormat::json)
        console_.out(to_json_line(record));
    else if (settings_.records == OutputFormat::text)
        console_.out(to_text_line(record));
}

void Run::stop(Source& source) {
    console_.err("interrupted: waiting for " + std::to_string(calls_.size()) +
                 " in flight; interrupt again to cut them\n");
    source.stop();
    changed_.notify();
    console_.changed().notify();
}

void Run::cut() {
    console_.err("interrupted again: cutting " + std::to_string(calls_.size()) + " in flight\n");
    // Every call ends with its truth, later; none leaves the list meanwhile.
    for (auto& call : calls_)
        call.emit(asio::cancellation_type::terminal);
}

void Run::start_reporting(Source const& source) {
    reporting_ = true;
    auto ended = [this](std::exception_ptr error) {
        reporting_ = false;
        if (error && !error_)
            error_ = error;
        changed_.notify();
    };
    asio::co_spawn(executor_, report_progress(source), std::move(ended));
}

asio::awaitable<void> Run::report_progress(Source const& source) {
    bool const terminal = Console::err_is_terminal();
    std::chrono::milliseconds const interval(terminal ? 100 : 5000);
    for (;;) {
        progress_timer_.expires_after(interval);
        co_await progress_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (all_done_)
            break;
        auto const line = format_progress(progress_state(source));
        if (terminal)
            console_.status(line);
        else
            console_.err(line + '\n');
    }
    if (terminal)
        console_.status("");
}

ProgressState Run::progress_state(Source const& source) const {
    ProgressState state;
    state.done = tally_.done();
    state.failed = tally_.failed();
    state.in_flight = calls_.size();
    state.source_progress = source.progress();
    state.elapsed = elapsed();
    return state;
}

} // namespace e2b::cli
