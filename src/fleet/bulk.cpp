#include "fleet/bulk.hpp"

#include "core/check.hpp"
#include "engine/create_snapshot.hpp"
#include "engine/engine.hpp"
#include "engine/initiate.hpp"
#include "engine/random_bits.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

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
    require(options.progress_interval.count() > 0, "BulkOptions::progress_interval must be more than 0");
    if (auto const problem = core::check(options.call))
        throw std::invalid_argument("BulkOptions::call." + *problem);
    return options;
}

core::BulkLimits make_limits(BulkOptions const& options, ClientConfig const& config) {
    auto const of_call = engine::call_limits(config, options.call);
    core::BulkLimits limits;
    limits.window.ceiling = options.max_in_flight;
    limits.window.initial = options.initial_window;
    limits.starts_per_second = options.max_starts_per_second;
    limits.retry = of_call.policy;
    limits.timeout = of_call.timeout;
    limits.stop_after_failures = options.stop_after_failures;
    limits.stop_on_hopeless = options.stop_on_hopeless;
    return limits;
}

core::TryEnd end_of(Result<SnapshotInfo> const& result) {
    core::TryEnd end;
    end.outcome = result.outcome();
    if (!result) {
        end.error = result.failure().error;
        end.retry_after = result.failure().retry_after;
    }
    return end;
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
      report(strand),
      source(from),
      sink(std::move(to)),
      done(std::move(when_done)) {}

BulkRun::State::State(Client& client, ClientConfig const& config, BulkOptions options)
    : client_(client),
      options_(checked(std::move(options))),
      limits_(make_limits(options_, config)) {}

void BulkRun::State::execute(asio::any_io_executor executor, BulkSource& source, BulkSink sink, Done done) {
    running_.emplace(std::move(executor), source, std::move(sink), std::move(done));
    asio::dispatch(running_->strand, [self = shared_from_this()] { self->begin(); });
}

void BulkRun::State::begin() {
    began_ = Clock::now();
    plan_.emplace(limits_, began_, engine::random_bits());
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
    pump();
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
    plan_->stop(); // first, as the two below may end a try on the spot
    if (stops_now)
        running_->source.stop();
    if (stops_now && options_.journal)
        options_.journal->stop();
    if (how != Stop::cut)
        return;
    // No entry leaves the list meanwhile: the ends of calls are posted.
    for (auto& entry : entries_) {
        if (entry.calling)
            entry.cancellation.emit(asio::cancellation_type::terminal);
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
        // A failure that stops the run stops the source as well.
        if (plan_->stopping())
            carry_out(Stop::drain);
        auto const action = plan_->next(Clock::now());
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
        ++preparing_;
        return spawn(attempt(*entry), entry->cancellation.slot());
    case Kind::drop:
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

void BulkRun::State::spawn(asio::awaitable<void> work, asio::cancellation_slot slot) {
    auto ended = [self = shared_from_this()](std::exception_ptr error) {
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
    if (item)
        add(std::move(*item));
    else
        plan_->source_ended();
    pump();
}

void BulkRun::State::add(BulkItem item) {
    auto const position = entries_.emplace(entries_.end(), std::move(item));
    position->position = position;
    plan_->took(*position);
}

asio::awaitable<void> BulkRun::State::attempt(Entry& entry) {
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
    auto options = options_.call;
    options.timeout =
        std::max<core::Duration>(entry.began + limits_.timeout - Clock::now(), Clock::duration(1));
    options.retry = limits_.retry;
    // What is tried again gives up its place first.
    options.retry->max_attempts = 1;
    entry.calling = true;
    auto call = client_.try_create_snapshot(entry.item.request, options);
    auto result = co_await std::move(call);
    // It waited for a connection before it was sent, and nobody knows for how long: a later moment is safe.
    if (result.outcome() == Outcome::unknown)
        entry.last_try = std::chrono::system_clock::now();
    co_return result;
}

void BulkRun::State::try_ended(Entry& entry, Result<SnapshotInfo> result) {
    entry.attempts += result.attempts();
    bool const repeats = plan_->ended(entry, end_of(result), Clock::now());
    if (result)
        return deliver(entry, std::move(result));
    auto const& failure = result.failure();
    if (repeats && options_.journal && failure.outcome != Outcome::unknown)
        options_.journal->on_refused(entry.item, failure);
    counts_.refused += repeats ? 1 : 0;
    // A try of unknown outcome is outweighed by none that follows and fails.
    if (!entry.failure || entry.failure->outcome != Outcome::unknown)
        entry.failure = failure;
    if (!repeats)
        deliver(entry, *entry.failure);
}

void BulkRun::State::deliver(Entry& entry, Result<SnapshotInfo> result) {
    auto const elapsed = entry.tries == 0 ? core::Duration(0) : Clock::now() - entry.began;
    if (result) {
        result = Result<SnapshotInfo>(std::move(result.value()), entry.attempts, elapsed);
    } else {
        auto failure = result.failure();
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
        running_->sink(std::move(result));
    } catch (...) {
        fail(std::current_exception());
    }
}

// Why an item is delivered that was not tried to its end.
Failure BulkRun::State::stopped_before(Entry const* entry) const {
    if (entry != nullptr && entry->failure)
        return *entry->failure;
    Failure failure(Outcome::not_sent, Errc::cancelled, Phase::pool_wait);
    failure.detail = "the run was stopped";
    if (plan_->stopped_by() != Errc())
        failure.detail += " by another item's failure: " + std::string(to_string(plan_->stopped_by()));
    return failure;
}

// ---- The end

asio::awaitable<void> BulkRun::State::finish() {
    running_->wake.cancel();
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
    auto const done = std::exchange(running_->done, {});
    done(error_, progress());
}

void BulkRun::State::publish_progress() {
    auto now = counts_;
    now.in_flight = plan_->in_flight();
    now.preparing = preparing_;
    now.waiting = plan_->waiting();
    now.window = plan_->window();
    now.starts_per_second = plan_->starts_per_second();
    now.snapshots_per_second = plan_->rate();
    now.elapsed = Clock::now() - began_;
    if (plan_->stopped_by() != Errc())
        now.stopped_by = plan_->stopped_by();
    std::lock_guard const lock(mutex_);
    progress_ = now;
}

BulkProgress BulkRun::State::progress() const {
    std::unique_lock lock(mutex_);
    auto now = progress_;
    lock.unlock();
    auto const seconds = std::chrono::duration<double>(now.elapsed).count();
    auto const done = static_cast<double>(now.done());
    if (now.total && done > 0) {
        auto const rate = now.snapshots_per_second > 0 ? now.snapshots_per_second : done / seconds;
        auto const left = static_cast<double>(*now.total) - done;
        now.eta = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(std::max(left, 0.0) / rate));
    }
    return now;
}

void BulkRun::State::report_progress() {
    running_->report.expires_after(options_.progress_interval);
    running_->report.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->finishing_)
            return;
        self->publish_progress();
        try {
            self->options_.on_progress(self->progress());
        } catch (...) {
            self->fail(std::current_exception());
            self->pump();
        }
        self->report_progress();
    });
}

// ---- The handle

// Starts a run, and tells the handler on its own executor.
struct BulkRun::Initiate {
    std::shared_ptr<State> state;

    template <class Handler>
    void operator()(Handler&& handler, BulkSource* source, BulkSink sink) const {
        auto const executor = asio::get_associated_executor(handler);
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign(Canceller{state});
        auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
        auto done = [working = engine::keep_working(executor), shared](std::exception_ptr error,
                                                                       BulkProgress progress) {
            asio::post(working, [shared, error, progress] {
                asio::get_associated_cancellation_slot(*shared).clear();
                auto own = std::move(*shared);
                std::move(own)(error, progress);
            });
        };
        state->execute(executor, *source, std::move(sink), std::move(done));
    }

private:
    struct Canceller {
        std::weak_ptr<State> state;

        void operator()(asio::cancellation_type type) const {
            using Type = asio::cancellation_type;
            bool const at_once = (type & (Type::terminal | Type::partial)) != Type::none;
            if (auto const alive = state.lock())
                alive->stop(at_once ? State::Stop::cut : State::Stop::drain);
        }
    };
};

BulkRun::BulkRun(Client& client, BulkOptions options)
    : state_(std::make_shared<State>(client, client.engine()->config(), std::move(options))) {}

BulkRun::BulkRun(BulkRun&&) noexcept = default;
BulkRun& BulkRun::operator=(BulkRun&&) noexcept = default;
BulkRun::~BulkRun() = default;

asio::awaitable<BulkProgress> BulkRun::execute(BulkSource& source, BulkSink sink) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr, BulkProgress)>(
        Initiate{state_}, asio::use_awaitable, &source, std::move(sink));
}

asio::awaitable<std::vector<Result<SnapshotInfo>>> BulkRun::execute(std::vector<SnapshotRequest> requests) {
    Failure missing(Outcome::not_sent, Errc::cancelled, Phase::pool_wait);
    std::vector<Result<SnapshotInfo>> results(requests.size(), Result<SnapshotInfo>(std::move(missing)));
    BulkRange<std::vector<SnapshotRequest>> source(std::move(requests));
    BulkSink const sink = [&results](BulkResult result) {
        results[static_cast<std::size_t>(result.item.tag)] = std::move(result.result);
    };
    auto run = execute(static_cast<BulkSource&>(source), sink);
    co_await std::move(run);
    co_return results;
}

void BulkRun::drain() {
    state_->stop(State::Stop::drain);
}

void BulkRun::cut() {
    state_->stop(State::Stop::cut);
}

BulkProgress BulkRun::progress() const {
    return state_->progress();
}

} // namespace e2b
