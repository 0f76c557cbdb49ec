#include "fleet/bulk_state.hpp"

#include "core/check.hpp"
#include "engine/create_snapshot.hpp"
#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "engine/random_bits.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_in_flight = 1'000'000;
// How many items may be held for each that may be in flight.
constexpr std::size_t held_for_each = 10;
// How often it is checked whether the API can be reached.
constexpr std::chrono::milliseconds watch_interval(200);

void require(bool condition, char const* problem) {
    if (!condition)
        throw std::invalid_argument(problem);
}

BulkOptions checked(BulkOptions options) {
    require(options.max_in_flight >= 1 && options.max_in_flight <= most_in_flight,
            "BulkOptions::max_in_flight must be within 1 to 1000000");
    require(options.initial_window >= 1, "BulkOptions::initial_window must be at least 1");
    require(options.max_starts_per_second > 0 && std::isfinite(options.max_starts_per_second),
            "BulkOptions::max_starts_per_second must be more than 0");
    require(options.busy_timeout.count() > 0, "BulkOptions::busy_timeout must be more than 0");
    require(options.outage_timeout.count() >= 0, "BulkOptions::outage_timeout must not be negative");
    require(options.progress_interval.count() > 0, "BulkOptions::progress_interval must be more than 0");
    if (auto const problem = core::check(options.call))
        throw std::invalid_argument("BulkOptions::call." + *problem);
    return options;
}

// What the system says, and of a host that cannot be reached which one it is.
std::string words_of(Errc error, std::string const& detail, boost::system::error_code cause) {
    auto const words = cause ? cause.message() : std::string();
    bool const is_of_host = error == Errc::dns_not_found || error == Errc::dns_temporary ||
                            error == Errc::connect_failed || error == Errc::connect_timeout;
    if (!is_of_host || detail.empty())
        return words;
    return words.empty() ? detail : detail + ": " + words;
}

core::BulkLimits make_limits(BulkOptions const& options, ClientConfig const& config) {
    auto const of_call = engine::call_limits(config, options.call);
    core::BulkLimits limits;
    limits.window.ceiling = options.max_in_flight;
    limits.window.initial = options.initial_window;
    limits.held = held_for_each * options.max_in_flight;
    limits.starts_per_second = options.max_starts_per_second;
    limits.retry = of_call.policy;
    limits.timeout = of_call.timeout;
    limits.busy_timeout = options.busy_timeout;
    limits.outage_timeout = options.outage_timeout;
    limits.stop_after_failures = options.stop_after_failures;
    limits.stop_on_fatal = options.stop_on_fatal;
    return limits;
}

// The client tries to open connections for as long as a call waits, unless that is of no use.
bool is_fatal_dial(Failure const& failure) {
    return failure.outcome == Outcome::not_sent && failure.error != Errc::resource &&
           make_error_code(failure.error) == Condition::connect_error;
}

core::TryEnd end_of(Result<SnapshotInfo> const& result) {
    core::TryEnd end;
    end.outcome = result.outcome();
    if (!result) {
        end.error = result.error().error;
        end.retry_after = result.error().retry_after;
        end.fatal_dial = is_fatal_dial(result.error());
    }
    return end;
}

bool is_refusal(Failure const& failure) {
    return failure.error == Errc::busy || failure.error == Errc::rate_limited;
}

std::uint64_t& count_of(BulkProgress& counts, Outcome outcome) {
    switch (outcome) {
    case Outcome::created:
        return counts.created;
    case Outcome::rejected:
        return counts.rejected;
    case Outcome::not_sent:
        return counts.not_sent;
    default:
        return counts.unknown;
    }
}

} // namespace

BulkRun::State::Running::Running(asio::any_io_executor executor, BulkSource& from, BulkSink to,
                                 Done when_done)
    : strand(std::move(executor)),
      wake(strand),
      watch(strand),
      report(strand),
      source(from),
      sink(std::move(to)),
      done(std::move(when_done)) {}

BulkRun::State::State(std::shared_ptr<engine::Engine> engine, BulkOptions options)
    : engine_(std::move(engine)),
      options_(checked(std::move(options))),
      limits_(make_limits(options_, engine_->config())) {}

asio::any_io_executor BulkRun::State::executor() const {
    return engine_->strand().executor();
}

bool BulkRun::State::claim() {
    std::lock_guard const lock(mutex_);
    return !std::exchange(is_claimed_, true);
}

void BulkRun::State::execute(asio::any_io_executor executor, BulkSource& source, BulkSink sink, Done done) {
    auto& context = asio::query(executor, asio::execution::context);
    asio::use_service<RunRegistry>(context).add(weak_from_this());
    running_.emplace(std::move(executor), source, std::move(sink), std::move(done));
    asio::dispatch(running_->strand, [self = shared_from_this()] { self->begin(); });
}

void BulkRun::State::begin() {
    began_ = Clock::now();
    plan_.emplace(limits_, began_, engine::random_bits());
    plan_->read_ahead(read_ahead());
    counts_.total = running_->source.size();
    Stop requested = Stop::no;
    {
        std::lock_guard const lock(mutex_);
        executing_ = true;
        requested = requested_;
    }
    if (options_.on_progress)
        report_progress();
    carry_out(requested);
    watch();
    pump();
}

void BulkRun::State::abandon() noexcept {
    {
        std::lock_guard const lock(mutex_);
        executing_ = false;
    }
    finishing_ = true;
    // It holds the coroutine that awaits the run, and what that holds.
    auto const abandoned = std::exchange(running_, std::nullopt);
}

// ---- Stopping

void BulkRun::State::stop(Stop how) {
    std::lock_guard const lock(mutex_);
    requested_ = std::max(requested_, how);
    if (executing_)
        asio::post(running_->strand, [self = shared_from_this(), how] {
            self->carry_out(how);
            self->pump();
        });
}

void BulkRun::State::carry_out(Stop how) {
    if (how <= stop_ || finishing_)
        return;
    bool const stops_now = stop_ == Stop::no;
    stop_ = how;
    plan_->stop(); // first, as the others may end a try on the spot
    if (stops_now)
        running_->source.stop();
    if (stops_now && options_.journal)
        options_.journal->stop();
    // What is not committed ends at once in any case, the call of what is committed only if the run is cut.
    cancel_calls(how == Stop::cut ? asio::cancellation_type::terminal : asio::cancellation_type::total);
}

// No entry leaves the list meanwhile: the ends of calls are posted.
void BulkRun::State::cancel_calls(asio::cancellation_type type) {
    for (auto& entry : entries_) {
        if (entry.calling)
            entry.cancellation->emit(type);
    }
}

void BulkRun::State::fail(std::exception_ptr error) {
    if (!error_)
        error_ = std::move(error);
    carry_out(Stop::drain);
}

// ---- What the plan says

void BulkRun::State::pump() {
    if (pumping_ || finishing_)
        return;
    pumping_ = true;
    using Kind = core::BulkPlan::Action::Kind;
    for (;;) {
        auto const action = plan_->next(Clock::now());
        // What stops the plan stops the source and the calls as well.
        if (plan_->stopping() && stop_ == Stop::no) {
            stop_reason_ = describe_stop();
            publish_progress(); // so that who is told can say why
            carry_out(Stop::drain);
        }
        carry_out(action);
        if (action.kind == Kind::wait || action.kind == Kind::finish)
            break;
    }
    pumping_ = false;
    publish_progress();
}

void BulkRun::State::carry_out(core::BulkPlan::Action const& action) {
    using Kind = core::BulkPlan::Action::Kind;
    auto* const entry = static_cast<Entry*>(action.entry);
    switch (action.kind) {
    case Kind::take:
        return spawn(take());
    case Kind::start:
        return start(*entry);
    case Kind::drop:
        waiting_for_node_ -= entry->refusals > 0 ? 1 : 0;
        return deliver(*entry, stopped_before(entry));
    case Kind::wait:
        if (action.until)
            wake_at(*action.until);
        return;
    case Kind::finish:
        finishing_ = true;
        return spawn(finish());
    }
}

void BulkRun::State::wake_at(core::TimePoint until) {
    if (running_->wake.expiry() == until)
        return;
    running_->wake.expires_at(until);
    running_->wake.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error)
            self->pump();
    });
}

// Lets the plan know whether the API can be reached: while calls wait for a connection, nothing else does.
void BulkRun::State::watch() {
    if (auto const away = engine_->reachability().get()) {
        last_words_ = words_of(away->error, away->detail, away->cause);
        plan_->unreachable(core::BulkOutage{away->since, away->error, away->next_dial});
    } else {
        plan_->unreachable(std::nullopt);
    }
    running_->watch.expires_after(watch_interval);
    running_->watch.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->finishing_)
            return;
        self->watch();
        self->pump();
    });
}

void BulkRun::State::spawn(asio::awaitable<void> work, Cancellation cancellation) {
    auto const slot = cancellation ? cancellation->slot() : asio::cancellation_slot();
    auto ended = [self = shared_from_this(), kept = std::move(cancellation)](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    };
    asio::co_spawn(running_->strand, std::move(work), asio::bind_cancellation_slot(slot, std::move(ended)));
}

// ---- Items

asio::awaitable<void> BulkRun::State::take() {
    std::optional<BulkItem> item;
    try {
        item = co_await running_->source.next();
    } catch (...) {
        fail(std::current_exception());
    }
    plan_->read_ahead(read_ahead());
    if (item)
        add(std::move(*item));
    else
        plan_->source_ended();
    pump();
}

// What others still write is not taken from them before there is room for it.
std::size_t BulkRun::State::read_ahead() const {
    return running_->source.finite() ? limits_.held : 0;
}

void BulkRun::State::add(BulkItem item) {
    auto const position = entries_.emplace(entries_.end(), std::move(item));
    position->position = position;
    plan_->took(*position);
}

void BulkRun::State::start(Entry& entry) {
    ++preparing_;
    waiting_for_node_ -= entry.refusals > 0 ? 1 : 0;
    auto cancellation = std::make_unique<asio::cancellation_signal>();
    entry.cancellation = cancellation.get();
    spawn(attempt(entry), std::move(cancellation));
}

asio::awaitable<void> BulkRun::State::attempt(Entry& entry) {
    // A call takes a total cancellation as well: it ends what is not committed.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto result = co_await call(entry);
    entry.calling = false;
    try_ended(entry, std::move(result));
    pump();
}

asio::awaitable<bool> BulkRun::State::prepare(Entry& entry) {
    try {
        if (options_.journal)
            co_await options_.journal->before_try(entry.item);
        entry.last_try = std::chrono::system_clock::now();
    } catch (...) {
        fail(std::current_exception()); // which stops the run
    }
    --preparing_;
    publish_progress();
    co_return stop_ == Stop::no;
}

asio::awaitable<Result<SnapshotInfo>> BulkRun::State::call(Entry& entry) {
    if (!co_await prepare(entry)) {
        auto failure = stopped_before(&entry);
        failure.attempts = 0; // those of earlier tries are counted
        co_return failure;
    }
    entry.calling = true;
    auto request = entry.item.request;
    engine::CreateSnapshot snapshot(std::move(request), options_of_try(entry), true);
    auto call = engine::initiate(engine_, std::move(snapshot));
    auto result = co_await std::move(call);
    // It waited for a connection before it was sent, and it is not known for how long: a later moment is
    // safe.
    if (result.outcome() == Outcome::unknown)
        entry.last_try = std::chrono::system_clock::now();
    co_return result;
}

CallOptions BulkRun::State::options_of_try(Entry const& entry) const {
    auto options = options_.call;
    // How long it may wait for a connection is decided by the run's own limits.
    options.timeout = core::Duration::max();
    options.attempt_timeout = std::min<core::Duration>(
        options.attempt_timeout.value_or(engine_->config().attempt_timeout), plan_->time_left(entry));
    options.retry = limits_.retry;
    // What is tried again gives up its place first.
    options.retry->max_attempts = 1;
    return options;
}

void BulkRun::State::try_ended(Entry& entry, Result<SnapshotInfo> result) {
    entry.attempts += result.attempts();
    auto const end = end_of(result);
    bool const repeats = plan_->ended(entry, end, Clock::now());
    if (result)
        return deliver(entry, std::move(result));
    auto const& failure = result.error();
    if (failure.error != Errc::cancelled)
        last_words_ =
            failure.cause ? words_of(failure.error, failure.detail, failure.cause) : failure.server_message;
    if (repeats && options_.journal && failure.outcome != Outcome::unknown)
        options_.journal->on_refused(entry.item, failure);
    counts_.refused += repeats && is_refusal(failure) ? 1 : 0;
    waiting_for_node_ += repeats && is_refusal(failure) ? 1 : 0;
    note_failure(entry, failure);
    if (!repeats)
        deliver(entry, *entry.failure);
}

void BulkRun::State::note_failure(Entry& entry, Failure const& failure) {
    // A try of unknown outcome is outweighed by none that follows and fails, and any try that was made by one
    // that was called off.
    bool const was_called_off = failure.outcome == Outcome::not_sent && failure.error == Errc::cancelled;
    if (!entry.failure || (entry.failure->outcome != Outcome::unknown && !was_called_off))
        entry.failure = failure;
    if (was_called_off && !stop_reason_.empty() && entry.failure->error == Errc::cancelled)
        entry.failure->detail = stopped_before(nullptr).detail;
}

void BulkRun::State::deliver(Entry& entry, Result<SnapshotInfo> result) {
    auto const elapsed = entry.tries == 0 ? core::Duration(0) : Clock::now() - entry.began;
    if (result) {
        auto const outcome = result.outcome();
        result = Result<SnapshotInfo>(std::move(result.value()), entry.attempts, elapsed, outcome);
    } else {
        auto failure = result.error();
        failure.attempts = entry.attempts;
        failure.elapsed = elapsed;
        result = Result<SnapshotInfo>(std::move(failure));
    }
    BulkResult delivered(std::move(entry.item), std::move(result));
    delivered.last_try = entry.last_try;
    entries_.erase(entry.position);
    deliver(std::move(delivered));
}

void BulkRun::State::deliver(BulkResult result) {
    ++count_of(counts_, result.result.outcome());
    try {
        if (running_->sink)
            running_->sink(std::move(result));
    } catch (...) {
        fail(std::current_exception());
    }
}

Failure BulkRun::State::stopped_before(Entry const* entry) const {
    if (entry != nullptr && entry->failure)
        return *entry->failure;
    Failure failure(Outcome::not_sent, Errc::cancelled, Phase::pool_wait);
    failure.detail = "the run was stopped" + (stop_reason_.empty() ? "" : ": " + stop_reason_);
    return failure;
}

// ---- The end

asio::awaitable<void> BulkRun::State::finish() {
    running_->wake.cancel();
    running_->watch.cancel();
    if (stop_ != Stop::no && running_->source.finite()) {
        try {
            while (auto item = co_await running_->source.next())
                deliver(BulkResult(std::move(*item), stopped_before(nullptr)));
        } catch (...) {
            fail(std::current_exception());
        }
    }
    running_->report.cancel();
    publish_progress();
    {
        std::lock_guard const lock(mutex_);
        executing_ = false;
    }
    // The handle may outlive the context: nothing of it is kept.
    auto const ended = std::exchange(running_, std::nullopt);
    ended->done(error_, progress());
}

} // namespace e2b
