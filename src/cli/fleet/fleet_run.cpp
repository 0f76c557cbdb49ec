#include "cli/fleet/fleet_run.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/fleet/summary.hpp"
#include "cli/input/paging.hpp"
#include "cli/report/page.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds interval_on_terminal(100);
constexpr std::chrono::milliseconds interval_elsewhere(200);
constexpr std::chrono::seconds between_log_lines(5);
constexpr std::chrono::seconds between_notes(5);
constexpr std::chrono::milliseconds between_first_notes(200);

FleetPlan::Rules complete(FleetPlan::Rules rules, std::optional<Journal> const& journal) {
    rules.run = journal ? journal->run() : RunIdentity::make();
    rules.before = journal ? &journal->before() : nullptr;
    return rules;
}

} // namespace

// Where the library takes the items from.
class FleetRun::Feed final : public BulkSource {
public:
    explicit Feed(FleetRun& run) : run_(run) {}

    asio::awaitable<std::optional<BulkItem>> next() override { return run_.next(); }
    void stop() override { run_.stop(); }
    [[nodiscard]] bool finite() const noexcept override { return run_.source_.finite(); }

private:
    FleetRun& run_;
};

// Whom the library tells before it sends.
class FleetRun::Account final : public BulkJournal {
public:
    explicit Account(FleetRun& run) : run_(run) {}

    asio::awaitable<void> before_try(BulkItem const& item) override { return run_.before_try(item); }
    void on_refused(BulkItem const& item, Failure const& failure) override { run_.refused(item, failure); }

private:
    FleetRun& run_;
};

FleetRun::FleetRun(Session& session, Source& source, FleetOptions options)
    : session_(session),
      source_(source),
      options_(std::move(options)),
      journal_(options_.journal ? std::optional<Journal>(std::in_place, session.executor(), *options_.journal)
                                : std::nullopt),
      plan_(complete(options_.rules, journal_)),
      reconciler_(session.executor(), session.client(), options_.settle,
                  [this](Question const& question, Reconciliation answer) {
                      carry_out(plan_.answered(question, std::move(answer), Moment::now()));
                  }),
      recorder_(session.console(), options_.records),
      changed_(session.executor()) {
    if (options_.report)
        history_.emplace();
    if (history_ && !journal_)
        history_->add(run_line());
    session_.on_late_response([this](LateResponse const& response) { late_response(response); });
}

RunLine FleetRun::run_line() const {
    RunLine line{plan_.run()};
    line.shard = options_.rules.shard;
    line.settings = options_.settings;
    return line;
}

FleetRun::~FleetRun() {
    session_.on_late_response({});
}

asio::awaitable<void> FleetRun::execute() {
    std::exception_ptr error;
    try {
        co_await send();
    } catch (...) {
        error = std::current_exception();
        reconciler_.stop();
    }
    // Also after an error: what was found out, or is not sent any more, has its record, and the journal must
    // not be left while it is written.
    plan_.stop();
    while (reading_)
        co_await changed_.wait();
    leave_unsent();
    co_await reconciler_.drain();
    session_.interrupt().on_stop({});
    session_.interrupt().on_cut({});
    // What was cut may have been answered at that moment.
    if (plan_.awaiting() > 0)
        co_await session_.close_client();
    for (auto const& unanswered : plan_.release())
        record(unanswered);
    for (auto const& given_up : plan_.give_up())
        finish(given_up, journal_tells_of(given_up));
    if (session_.console().terminals().err_moves && options_.shows_progress)
        session_.console().status({});
    try {
        if (journal_)
            co_await journal_->flush();
    } catch (...) {
        if (!error)
            error = std::current_exception();
    }
    if (error)
        std::rethrow_exception(error);
}

asio::awaitable<void> FleetRun::send() {
    auto& console = session_.console();
    options_.run.journal = std::make_shared<Account>(*this);
    options_.run.progress_interval =
        console.terminals().err_moves ? interval_on_terminal : interval_elsewhere;
    options_.run.on_progress = [this](BulkProgress const& progress) { show(progress); };
    options_.run.on_result = [this](BulkResult result) {
        carry_out(plan_.ended(std::move(result), Moment::now()));
    };
    BulkRun run(session_.client(), options_.run);
    run_ = &run;
    session_.interrupt().on_stop([&] { interrupted(run); });
    session_.interrupt().on_cut([&] {
        console.err(describe_hanging_up(under_way(run)));
        run.cut();
    });
    // Nobody reads the results any more: nothing further is started, and nothing is waited for.
    console.on_out_error([&] {
        reconciler_.stop();
        run.drain();
    });
    std::exception_ptr error;
    try {
        Feed feed(*this);
        co_await run.execute(feed);
    } catch (...) {
        error = std::current_exception();
    }
    run_ = nullptr;
    console.on_out_error({});
    // What is still being found out can be interrupted as well.
    session_.interrupt().on_stop([this] { reconciler_.stop(); });
    session_.interrupt().on_cut({});
    if (error)
        std::rethrow_exception(error);
}

// How many snapshots would be hung up on.
std::size_t FleetRun::under_way(BulkRun const& run) const {
    auto const progress = run.progress();
    auto const stats = session_.client().stats();
    // What waits for a connection was not sent, and what is asked besides makes no snapshot.
    return std::min(progress.in_flight - progress.preparing, stats.leased - stats.late) + stats.late;
}

void FleetRun::interrupted(BulkRun& run) {
    session_.console().err("interrupted: nothing further is sent" + describe_waiting(under_way(run)));
    reconciler_.stop();
    run.drain();
}

// What a program is to go by is what stopped the run, and not that it was.
std::optional<Record::Error> FleetRun::stop_cause() const {
    auto const progress = run_ != nullptr ? run_->progress() : BulkProgress();
    if (!progress.stopped_by)
        return std::nullopt;
    return Record::Error{*progress.stopped_by, "the run was stopped: " + progress.stop_reason};
}

void FleetRun::stop() {
    stopped_ = true;
    plan_.stop(stop_cause());
    look_ups_.stop();
    if (!source_.finite())
        source_.stop();
    changed_.notify();
}

// ---- Read

asio::awaitable<std::optional<BulkItem>> FleetRun::next() {
    for (;;) {
        co_await session_.console().wait_for_room();
        while (plan_.must_wait())
            co_await changed_.wait();
        if (auto step = plan_.take_waiting()) {
            if (auto item = carry_out(std::move(*step)))
                co_return item;
        } else if (read_) {
            auto taken = std::exchange(read_, std::nullopt);
            if (auto item = carry_out(plan_.take(std::move(*taken), Moment::now())))
                co_return item;
        } else if (!list_ended_) {
            co_await read();
        } else if (stopped_ || !plan_.may_send_more()) {
            co_return std::nullopt;
        } else {
            co_await changed_.wait();
        }
    }
}

// Completes when there is an item, or something else to do. A source that waits for others goes on meanwhile:
// what did nothing is not to wait for its next line.
asio::awaitable<void> FleetRun::read() {
    if (source_.finite()) {
        co_await read_one();
    } else {
        if (!std::exchange(reading_, true))
            asio::co_spawn(session_.executor(), read_one(), [this](std::exception_ptr error) {
                read_error_ = error;
                reading_ = false;
                changed_.notify();
            });
        co_await changed_.wait();
    }
    if (read_error_)
        std::rethrow_exception(std::exchange(read_error_, nullptr));
}

// What was read and not asked for any more has its record, too.
void FleetRun::leave_unsent() {
    auto item = std::exchange(read_, std::nullopt);
    auto unsent = item ? carry_out(plan_.take(std::move(*item), Moment::now())) : std::nullopt;
    if (!unsent)
        return;
    Failure failure(Outcome::not_sent, Errc::cancelled, Phase::pool_wait);
    failure.detail = "the run was stopped";
    carry_out(plan_.ended(BulkResult(std::move(*unsent), std::move(failure)), Moment::now()));
}

asio::awaitable<void> FleetRun::read_one() {
    auto item = co_await source_.next();
    list_ended_ = !item;
    read_ = std::move(item);
}

std::optional<BulkItem> FleetRun::carry_out(FleetPlan::Step step) {
    if (step.warning)
        session_.console().err("warning: " + *step.warning + '\n');
    // A line that could not be understood is of no item.
    if (step.record)
        finish(*step.record, step.record->outcome == Outcome::unknown);
    if (step.ask)
        reconciler_.ask(std::move(*step.ask));
    return std::move(step.send);
}

// ---- Journal

asio::awaitable<void> FleetRun::before_try(BulkItem const& item) {
    if (plan_.wants_baseline(item)) {
        auto looking = look_up(item.request.sandbox_id);
        plan_.set_baseline(item, co_await std::move(looking));
    }
    // What is not sent any more needs no account of a try, nor the wait for the disk.
    if (stopped_)
        co_return;
    auto const line = plan_.begin_try(item, Moment::now());
    if (journal_)
        co_await journal_->begin_try(line);
}

asio::awaitable<std::optional<std::vector<std::string>>> FleetRun::look_up(std::string sandbox_id) {
    SnapshotQuery query;
    query.sandbox_id = std::move(sandbox_id);
    std::vector<std::string> ids;
    auto keep = [&ids](SnapshotInfo snapshot) {
        ids.push_back(std::move(snapshot.snapshot_id));
        return true;
    };
    auto looking = look_ups_.run(for_each_row(SnapshotPages(session_.client(), std::move(query)), keep));
    try {
        if (co_await std::move(looking))
            co_return ids;
    } catch (SnapshotError const&) {
        // The snapshot itself will say what is wrong.
    }
    co_return std::nullopt;
}

void FleetRun::refused(BulkItem const& item, Failure const& failure) {
    note(plan_.refused(item, failure, Moment::now()));
}

// ---- Record

void FleetRun::carry_out(FleetPlan::Ended ended) {
    if (ended.note)
        note(*ended.note);
    if (ended.refused)
        note(*ended.refused);
    if (ended.withdrawn)
        reconciler_.withdraw(*ended.withdrawn);
    if (ended.record && ended.refused)
        finish(*ended.record, true);
    else if (ended.record)
        record(*ended.record);
    if (ended.ask)
        reconciler_.ask(std::move(*ended.ask));
    changed_.notify();
}

void FleetRun::late_response(LateResponse const& response) {
    carry_out(plan_.late(LateNews(response), Moment::now()));
}

void FleetRun::record(Record const& record) {
    // What was never tried needs no line: a run that is resumed sends it like any other.
    if (record.started_at)
        note(EndLine{record});
    finish(record, journal_tells_of(record));
}

bool FleetRun::journal_tells_of(Record const& record) const {
    SnapshotRequest request(record.sandbox_id, record.name);
    request.memory = record.memory;
    return record.started_at || (journal_ && journal_->before().find(request, record.copy) != nullptr);
}

void FleetRun::finish(Record const& record, bool journal_tells) {
    // The report of a run with a journal is read from that.
    if (history_ && !(journal_ && journal_tells))
        history_->add(record);
    recorder_.add(record);
}

template <class Line>
void FleetRun::note(Line const& line) {
    if (journal_)
        journal_->add(line);
    else if (history_)
        history_->add(JournalLine(line));
}

void FleetRun::write_report() {
    if (!history_)
        return;
    if (journal_)
        read_journals(*history_, {options_.journal->path});
    options_.report->write(format_page(*history_));
}

// ---- Progress

RunState FleetRun::state_of(BulkProgress const& progress) const {
    RunState state;
    state.in_flight = progress.in_flight;
    state.window = progress.window;
    state.held = progress.ready + progress.waiting + plan_.held();
    state.waiting_busy = progress.waiting_for_node;
    state.asked = plan_.asked();
    state.refused = progress.refused;
    state.rate = progress.snapshots_per_second;
    if (progress.outage)
        state.outage = progress.outage->to_string();
    state.list_part = source_.progress();
    state.elapsed = progress.elapsed;
    return state;
}

// What a short run does changes from one moment to the next.
void FleetRun::note_progress(BulkProgress const& progress) {
    auto const pace = progress.elapsed < std::chrono::seconds(30) ? between_first_notes : between_notes;
    auto const now = Clock::now();
    if (last_note_ && now - *last_note_ < pace)
        return;
    last_note_ = now;
    note(ProgressLine{std::chrono::system_clock::now(), progress.in_flight, progress.window});
}

void FleetRun::show(BulkProgress const& progress) {
    auto& console = session_.console();
    auto const now = Clock::now();
    note_progress(progress);
    if (!options_.shows_progress)
        return;
    if (console.terminals().err_moves) {
        console.status(format_status(tally(), state_of(progress), Console::err_columns() - 1,
                                     console.terminals().err_has_colours));
    } else if (now - last_log_ >= between_log_lines) {
        last_log_ = now;
        console.err(format_progress(tally(), state_of(progress)) + '\n');
    }
}

bool FleetRun::all_created() const {
    return tally().failed() == 0 && counts().failed_before == 0;
}

// ---- The whole

namespace {

// Who sees exit code 2 takes it that nothing was sent.
std::exception_ptr after_sending(std::exception_ptr const& error) {
    try {
        std::rethrow_exception(error);
    } catch (UsageError const& problem) {
        return std::make_exception_ptr(std::runtime_error(problem.what()));
    } catch (...) {
        return error;
    }
}

} // namespace

asio::awaitable<ExitCode> send_all(Session& session, Source& source, FleetOptions options) {
    auto const began = Clock::now();
    auto const where = options.summary;
    FleetRun run(session, source, std::move(options));
    std::exception_ptr error;
    try {
        co_await run.execute();
    } catch (...) {
        error = std::current_exception();
    }
    // Also of a run that failed: what it did, it did.
    try {
        run.write_report();
    } catch (std::exception const& problem) {
        session.console().err("warning: " + std::string(problem.what()) + '\n');
        if (!error)
            error = std::current_exception();
    }
    // What was refused at its very beginning has nothing to sum up.
    bool const is_empty = error && run.tally().done() == 0;
    auto const text = is_empty ? std::string()
                               : format_left_out(run.counts(), 0) + format_repeated(run.counts()) +
                                     format_summary(run.tally(), run.counts(), session.client().stats(),
                                                    Clock::now() - began);
    if (where == FleetOptions::Summary::to_stdout)
        session.console().out(text);
    else if (where == FleetOptions::Summary::to_stderr)
        session.console().err(text);
    co_await session.console().flush();
    if (auto const lost = run.describe_lost(); !lost.empty())
        session.console().err(lost);
    if (error)
        std::rethrow_exception(run.counts().attempts > 0 ? after_sending(error) : error);
    co_return run.all_created() ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
