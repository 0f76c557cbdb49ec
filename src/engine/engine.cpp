#include "engine/engine.hpp"

#include "base/insist.hpp"
#include "core/api_error.hpp"
#include "core/redact.hpp"
#include "core/retry_after.hpp"
#include "engine/engine_registry.hpp"
#include "engine/random_bits.hpp"
#include "net/system_time.hpp"
#include "net/tcp_connector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/query.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace e2b::engine {

using core::TimePoint;

namespace {

constexpr std::size_t max_trace_id = 512;

core::PoolLimits pool_limits(ClientConfig const& config) {
    core::PoolLimits limits;
    limits.max_connections = config.max_connections;
    limits.max_waiters = config.max_waiters;
    limits.idle_timeout = config.idle_timeout;
    limits.max_age = config.max_connection_age;
    limits.max_uses = config.max_requests_per_connection;
    return limits;
}

ClientConfig validated(ClientConfig config) {
    config.validate();
    return config;
}

core::NoConnection out_of_memory(Phase phase) {
    return {Errc::resource, phase, boost::asio::error::no_memory, {}};
}

} // namespace

void Operation::on_exchange_ended(net::Connection& connection, core::ExchangeEnd const& end) {
    engine_->exchange_ended(*this, connection, end);
}

void Operation::on_due() {
    engine_->timer_due(*this);
}

Engine::Engine(boost::asio::any_io_executor executor, ClientConfig config)
    : strand_(std::move(executor)),
      config_(validated(std::move(config))),
      reports_(config_),
      encoder_(config_),
      pool_(pool_limits(config_), random_bits()),
      budget_(config_.retry.budget_capacity, config_.retry.retry_cost, config_.retry.success_refund),
      rng_(random_bits()),
      grace_(*this) {}

Engine::~Engine() {
    abandon();
}

std::shared_ptr<Engine> Engine::make(boost::asio::any_io_executor executor, ClientConfig config) {
    auto engine = std::make_shared<Engine>(std::move(executor), std::move(config));
    EngineParts parts;
    parts.time = std::make_unique<net::SystemTime>(engine->strand_);
    parts.make_connector = [&engine](net::Timers& timers) {
        return std::make_unique<net::TcpConnector>(engine->strand_, timers, engine->config_);
    };
    engine->assemble(std::move(parts));
    return engine;
}

void Engine::assemble(EngineParts parts) {
    timers_ = std::make_unique<net::Timers>(std::move(parts.time));
    connector_ = parts.make_connector(*timers_);
    strand_.set_owner(weak_from_this());
    auto& context = boost::asio::query(strand_.executor(), boost::asio::execution::context);
    boost::asio::use_service<EngineRegistry>(context).add(weak_from_this());
    for (auto const& warning : connector_->warnings())
        reports_.configuration_warned(warning);
}

void Engine::before_leaving() noexcept {
    try {
        for (auto* front = completed_.front(); front != nullptr; front = completed_.front()) {
            base::insist([front] { front->dispatch(); });
            completed_.erase(*front);
            intrusive_ptr_release(front);
        }
    } catch (std::bad_alloc const&) { // once more at the end of the next visit
    }
}

// ---- Connections

void Engine::pump(TimePoint at) noexcept {
    if (pumping_ || abandoned_)
        return;
    pumping_ = true;
    for (auto action = pool_.next(at); action.kind != core::Pool::Action::Kind::none;
         action = pool_.next(at)) {
        carry_out(action, at);
        at = now();
    }
    pumping_ = false;
    stats_.read_gauges(pool_);
    net::Timer& timer = *this;
    if (auto const wake = pool_.wake_at(); wake && (!timer.queued() || *wake < timer.at()))
        timers_->set(timer, *wake);
}

void Engine::carry_out(core::Pool::Action const& action, TimePoint at) {
    using Kind = core::Pool::Action::Kind;
    auto* const operation = static_cast<Operation*>(action.waiter);
    auto* const connection = static_cast<net::Connection*>(action.slot);
    switch (action.kind) {
    case Kind::none:
        return;
    case Kind::grant:
        return grant(*operation, *connection, at);
    case Kind::dial:
        return dial();
    case Kind::close:
        return discard(*connection);
    case Kind::fail:
        if (action.reason == core::Pool::Reason::drained || !last_dial_)
            return stop(*operation, Errc::client_closed);
        return run(*operation, operation->call().not_granted(*last_dial_, now()));
    }
}

void Engine::dial() {
    stats_.dials.add();
    auto const connection = make_connection();
    if (!connection) {
        stats_.dials_failed.add();
        last_dial_ = out_of_memory(Phase::connect);
        return pool_.dial_impossible(now());
    }
    connections_.push_back(*connection);
    intrusive_ptr_add_ref(connection.get()); // dropped in `discard`
    pool_.dial_started(*connection, now());
    connection->dial();
}

// Null if there is no memory for one.
net::ConnectionPtr Engine::make_connection() noexcept {
    try {
        return reserve_timers() ? connector_->make(*this) : nullptr;
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

// For each timer that there can be: those of calls, dials and late exchanges, and the engine's own.
bool Engine::reserve_timers() noexcept {
    constexpr std::size_t own = 4;
    try {
        timers_->reserve(operations_.size() + connections_.size() + late_.size() + own);
        return true;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

void Engine::on_dialed(net::Connection& connection) {
    last_dial_.reset();
    reachability_.dial_succeeded();
    was_short_ = false;
    stats_.connections_opened.add();
    if (connection.resumed())
        stats_.handshakes_resumed.add();
    reports_.connection_opened(connection);
    pool_.dial_succeeded(connection, now());
    pump();
}

void Engine::on_dial_failed(net::Connection& connection, core::DialFailure failure) {
    stats_.dials_failed.add();
    reports_.connection_failed(connection, failure.reason);
    bool const is_short = failure.reason.error == Errc::resource;
    // What the process is short of is tried for once more. After that it helps only where own calls end,
    // which makes room, or where other dials have what they need already.
    bool const others_may_help = pool_.leased() != 0 || pool_.dialing() != 1;
    bool const is_short_for_good = is_short && was_short_ && pool_.is_probe(connection) && !others_may_help;
    was_short_ = is_short && !is_short_for_good;
    last_dial_ = std::move(failure.reason);
    pool_.dial_failed(connection, now(), failure.is_final || is_short_for_good);
    reachability_.dial_failed(*last_dial_, now(), pool_.dials_again_at());
    discard(connection);
    if (is_short) {
        if (auto* const idle = pool_.evict_idle())
            discard(static_cast<net::Connection&>(*idle));
    }
    pump();
}

void Engine::on_lost(net::Connection& connection) {
    auto const at = now();
    stats_.idle_lost.add();
    reports_.connection_lost();
    pool_.lost(connection);
    discard(connection);
    pump(at);
}

// Closes a connection that has left the pool.
void Engine::discard(net::Connection& connection) noexcept {
    connection.close();
    connections_.erase(connection);
    intrusive_ptr_release(&connection);
}

void Engine::grant(Operation& operation, net::Connection& connection, TimePoint at) {
    auto const action = operation.call().granted(at);
    if (action.kind == Action::Kind::finish) {
        pool_.give_back(connection, at);
        return finish(operation);
    }
    operation.pool_wait_ += at - operation.queued_at();
    operation.exchange_began_ = at;
    operation.connection_ = &connection;
    operation.state_ = Operation::State::exchanging;
    if (operation.observation_)
        reports_.attempt_begins(*operation.observation_, connection, at - operation.queued_at());
    if (connection.uses() > 1 && connection.is_stale()) {
        stats_.idle_lost.add();
        core::ExchangeEnd end;
        end.facts.reused = true;
        end.facts.error = Errc::stale;
        return attempt_ended(operation, end, at);
    }
    try {
        operation.encode(connection.request_buffer());
        if (operation.observation_)
            reports_.add_headers(start_of(operation), connection.request_buffer());
    } catch (std::bad_alloc const&) {
        pool_.give_back(connection, at);
        operation.connection_ = nullptr;
        return run(operation, operation.call().not_granted(out_of_memory(Phase::write), at));
    }
    timers_->set(operation, action.until);
    connection.exchange(operation);
}

// ---- Calls

void Engine::start(OperationPtr operation) noexcept {
    stats_.calls_started.add();
    if (abandoned_)
        return operation->abandon();
    stats_.in_flight.add();
    auto& started = *operation.detach(); // the reference is that of `operations_` now
    started.engine_ = this;
    started.accepted = true;
    if (reports_.wanted())
        started.observation_ = reports_.observe(stats_.calls_started.get());
    operations_.push_back(started);
    if (closing_)
        return stop(started, Errc::client_closed);
    if (!reserve_timers())
        return run(started, started.call().not_granted(out_of_memory(Phase::pool_wait), now()));
    run(started, started.call().start());
}

void Engine::run(Operation& operation, Action action) {
    if (draining_ && action.kind != Action::Kind::finish)
        action = operation.call().stopped(Errc::client_closed, std::nullopt, now());
    switch (action.kind) {
    case Action::Kind::acquire:
        return acquire(operation, action.until);
    case Action::Kind::sleep:
        operation.state_ = Operation::State::sleeping;
        stats_.retries.add();
        return timers_->set(operation, action.until);
    case Action::Kind::finish:
        return finish(operation);
    case Action::Kind::exchange:
        return; // only `grant` begins one
    }
}

void Engine::acquire(Operation& operation, TimePoint until) {
    bool const again = operation.call().last_verdict().retry == core::Retry::at_once;
    auto const at = now();
    if (!(again ? pool_.requeue(operation, at) : pool_.enqueue(operation, at))) {
        auto const why = pool_.draining() ? Errc::client_closed : Errc::pool_overflow;
        return run(operation, operation.call().not_granted({why, Phase::pool_wait, {}, {}}, at));
    }
    operation.state_ = Operation::State::acquiring;
    pump(at);
    if (operation.state_ == Operation::State::acquiring) // it may have been granted one, and ended
        timers_->set(operation, until);
}

void Engine::finish(Operation& operation) {
    if (operation.state_ == Operation::State::acquiring) // it waited in vain
        operation.pool_wait_ += now() - operation.queued_at();
    operation.state_ = Operation::State::finished;
    timers_->clear(operation);
    operations_.erase(operation);
    stats_.count(operation.call().outcome());
    stats_.in_flight.set(operations_.size());
    if (operation.observation_ && !abandoned_)
        report_call(operation);
    completed_.push_back(operation);
    abort_if_done();
}

// The client is being closed, and nothing is left to wait for.
void Engine::abort_if_done() {
    if (closing_ && operations_.empty() && late_.empty() && !aborted_)
        abort();
}

void Engine::exchange_ended(Operation& operation, net::Connection& connection, core::ExchangeEnd const& end) {
    auto const at = now();
    pool_.release(connection, end.reusable, at);
    attempt_ended(operation, end, at);
    pump();
}

// `end.response` is still good: the connection is not used again before the next pump.
void Engine::attempt_ended(Operation& operation, core::ExchangeEnd const& end, TimePoint at) {
    auto* const connection = std::exchange(operation.connection_, nullptr);
    auto facts = end.facts;
    auto notes = take_notes(operation, end, facts);
    if (connection != nullptr &&
        connection->state() == core::PoolSlot::State::leased) { // neither released nor left
        pool_.drop(*connection);
        discard(*connection);
    }
    auto const action = operation.call().attempt_ended(facts, std::move(notes), at, {budget_, rng_});
    if (operation.call().last_verdict().retry != core::Retry::at_once)
        stats_.attempts.add();
    if (operation.observation_ && !abandoned_)
        report_attempt(operation, end, facts);
    run(operation, action);
}

core::AttemptNotes Engine::take_notes(Attempt& attempt, core::ExchangeEnd const& end,
                                      core::AttemptFacts& facts) const {
    core::AttemptNotes notes;
    notes.cause = end.cause;
    try {
        notes.detail = end.detail;
        if (end.response != nullptr)
            read_response(attempt, *end.response, facts, notes);
    } catch (std::bad_alloc const&) {
        facts.error = Errc::out_of_memory;
        notes.cause = boost::asio::error::no_memory;
    }
    return notes;
}

void Engine::read_response(Attempt& attempt, core::Response const& response, core::AttemptFacts& facts,
                           core::AttemptNotes& notes) const {
    if (attempt.call().expects(response.status)) {
        facts.body_valid = attempt.take(response);
        if (facts.body_valid)
            return;
    }
    auto const& key = config_.api_key.reveal();
    auto error = core::parse_api_error(response.body, key);
    facts.api_error = error.is_api;
    facts.api_code = error.is_api ? error.code.value_or(0) : 0;
    facts.unsupported = core::is_unsupported(error.error_code);
    notes.server_code = error.code;
    notes.server_error_code = std::move(error.error_code);
    notes.server_message = std::move(error.message);
    notes.trace_id = core::redacted(response.trace_id, key, max_trace_id);
    if (response.status == 429 || response.status == 503)
        notes.retry_after = core::parse_retry_after(response.retry_after, response.date, timers_->wall_now());
}

// A call is to end where it is.
void Engine::stop(Operation& operation, Errc why) {
    if (operation.state_ == Operation::State::exchanging) {
        auto const at = now();
        auto const end = operation.connection_->given_up(why);
        if (!aborted_ && !operation.call().hangs_up(end.facts.committed))
            leave(operation, end, at);
        attempt_ended(operation, end, at);
    } else {
        pool_.cancel(operation);
        run(operation, operation.call().stopped(why, last_dial_, now()));
    }
    pump();
}

void Engine::timer_due(Operation& operation) {
    switch (operation.state_) {
    case Operation::State::exchanging:
        return attempt_due(operation);
    case Operation::State::sleeping:
        return run(operation, operation.call().woke());
    default:
        return stop(operation, Errc::deadline);
    }
}

// The time of the running attempt is up.
void Engine::attempt_due(Operation& operation) {
    auto const why = operation.call().attempt_ends_call() ? Errc::deadline : Errc::timeout;
    if (operation.call().awaits_response(is_committed(operation))) {
        auto const last = operation.connection_->given_up(why).committed_at + config_.platform_time_limit;
        if (now() < last)
            return timers_->set(operation, last);
    }
    stop(operation, why);
}

void Engine::cancel(Operation& operation, boost::asio::cancellation_type type) noexcept {
    using Type = boost::asio::cancellation_type;
    if (operation.engine_ != this || operation.state_ == Operation::State::finished || abandoned_)
        return;
    bool const at_any_time = (type & (Type::terminal | Type::partial)) != Type::none;
    if (at_any_time || !is_committed(operation))
        stop(operation, Errc::cancelled);
}

bool Engine::is_committed(Operation const& operation) const noexcept {
    return operation.state_ == Operation::State::exchanging && operation.connection_->is_committed();
}

// ---- The end

void Engine::close(Closing how, boost::intrusive_ptr<Completion> closed) noexcept {
    auto& waiting = *closed.detach(); // the reference is that of the list now
    waiting.accepted = true;
    if (aborted_ || abandoned_)
        return completed_.push_back(waiting);
    closers_.push_back(waiting);
    closing_ = true;
    if (how.grace && *how.grace <= core::Duration::zero())
        return abort();
    auto const grace = how.grace.value_or(config_.platform_time_limit);
    auto const until = now() + std::min<core::Duration>(grace, std::chrono::hours(24));
    if (!grace_.queued() || until < grace_.at())
        timers_->set(grace_, until);
    if (!how.grace)
        drain();
    while (auto* const idle = pool_.evict_idle())
        discard(static_cast<net::Connection&>(*idle));
    stats_.read_gauges(pool_);
    abort_if_done();
}

// Ends all calls but those that wait for a response.
void Engine::drain() {
    draining_ = true;
    pool_.drain();
    pumping_ = true; // so that each step ends the call that it is about, and no other
    Operation* next = nullptr;
    for (auto* operation = operations_.front(); operation != nullptr; operation = next) {
        next = operations_.next(*operation);
        if (!is_committed(*operation))
            stop(*operation, Errc::client_closed);
    }
    pumping_ = false;
    pump();
}

void Engine::abort() noexcept {
    if (std::exchange(aborted_, true) || abandoned_)
        return;
    closing_ = true;
    pool_.drain();
    while (!operations_.empty())
        stop(*operations_.front(), Errc::client_closed);
    while (!late_.empty())
        hang_up(*late_.front(), Errc::client_closed);
    pump();
    close_connections(); // what is left is being dialed
    connector_->stop();
    timers_->stop();
    stats_.read_gauges(pool_);
    while (!closers_.empty())
        completed_.push_back(closers_.pop_front());
}

// Handlers of the context itself will never run. Those of other contexts are called, as at any other end.
void Engine::abandon() noexcept {
    if (abandoned_.exchange(true))
        return;
    aborted_ = closing_ = true;
    if (!connector_)
        return;
    Completions lost;
    while (!operations_.empty()) {
        auto& operation = *operations_.front();
        if (operation.is_elsewhere()) {
            stop(operation, Errc::client_closed);
        } else {
            operations_.erase(operation);
            pool_.cancel(operation);
            timers_->clear(operation);
            operation.state_ = Operation::State::finished;
            lost.push_back(operation);
        }
    }
    close_connections();
    while (!late_.empty())
        LateExchangePtr(&late_.pop_front());
    connector_->stop();
    timers_->stop();
    stats_.read_gauges(pool_);
    stats_.in_flight.set(0);
    stats_.late.set(0);
    for (auto* const list : {&closers_, &completed_}) {
        for (auto left = list->size(); left != 0; --left) {
            auto& completion = list->pop_front();
            (completion.is_elsewhere() ? completed_ : lost).push_back(completion);
        }
    }
    before_leaving();
    for (auto* const list : {&lost, &completed_}) {
        while (!list->empty()) {
            boost::intrusive_ptr<Completion> const held(&list->pop_front(), false);
            held->abandon();
        }
    }
}

void Engine::close_connections() noexcept {
    while (!connections_.empty()) {
        auto& connection = *connections_.front();
        pool_.drop(connection);
        discard(connection);
    }
}

// ---- Reports

AttemptStart Engine::start_of(Operation const& operation) {
    AttemptStart start;
    start.call_id = operation.observation_->call_id;
    start.request = operation.kind();
    start.sandbox_id = operation.subject();
    start.attempt = operation.call_.attempts();
    return start;
}

void Engine::report_attempt(Operation& operation, core::ExchangeEnd const& end,
                            core::AttemptFacts const& facts) const noexcept {
    auto const& verdict = operation.call().last_verdict();
    AttemptReport report;
    report.request = operation.kind();
    report.sandbox_id = operation.subject();
    // A dead connection is not counted, but it was used for the attempt that is still to be made.
    report.attempt = operation.call().attempts() + (verdict.retry == core::Retry::at_once ? 1 : 0);
    report.connection_reused = facts.reused;
    report.outcome = verdict.outcome;
    report.error = verdict.error;
    report.phase = facts.phase;
    report.http_status = facts.http_status;
    if (!is_success(verdict.outcome) && verdict.retry != core::Retry::at_once)
        report.server_error_code = operation.call().failure().server_error_code;
    report.will_retry = verdict.retry != core::Retry::no && !draining_;
    reports_.attempt_ended(report, *operation.observation_, end, operation.exchange_began_, now());
}

void Engine::report_call(Operation& operation) const noexcept {
    auto& call = operation.call();
    CallReport report;
    report.call_id = operation.observation_->call_id;
    report.request = operation.kind();
    report.sandbox_id = operation.subject();
    report.attempts = call.attempts();
    report.outcome = call.outcome();
    report.failure = call.succeeded() ? nullptr : &call.failure();
    report.pool_wait = operation.pool_wait_;
    report.total = now() - call.started_at();
    reports_.call_ended(report);
}

} // namespace e2b::engine
