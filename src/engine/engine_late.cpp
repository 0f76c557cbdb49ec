// Exchanges that go on although their calls have ended.
#include "engine/engine.hpp"

#include <new>
#include <utility>

namespace e2b::engine {

using core::TimePoint;

void LateExchange::on_exchange_ended(net::Connection& connection, core::ExchangeEnd const& end) {
    static_cast<void>(connection);
    engine_->late_ended(*this, end, end.reusable);
}

void LateExchange::on_due() {
    engine_->hang_up(*this, Errc::timeout);
}

// The call ends early, and its exchange goes on without it. Where there is no memory for that, the connection
// stays the call's, and is closed with it.
void Engine::leave(Operation& operation, core::ExchangeEnd const& end, TimePoint at) noexcept {
    try {
        auto late = operation.make_late(at);
        if (!late || !reserve_timers())
            return;
        late->engine_ = this;
        late->call_id_ = operation.observation_ ? operation.observation_->call_id : 0;
        late->connection_ = std::exchange(operation.connection_, nullptr);
        late->connection_->hand_over(*late);
        late_.push_back(*late);
        timers_->set(*late, end.committed_at + config_.platform_time_limit);
        late.release(); // it is the list's
        stats_.late.set(late_.size());
    } catch (std::bad_alloc const&) {
    }
}

void Engine::hang_up(LateExchange& late, Errc why) {
    late_ended(late, late.connection_->given_up(why), false);
}

void Engine::late_ended(LateExchange& late, core::ExchangeEnd const& end, bool reusable) {
    auto const at = now();
    LateExchangePtr const owner(&late);
    late_.erase(late);
    timers_->clear(late);
    stats_.late.set(late_.size());
    auto& connection = *std::exchange(late.connection_, nullptr);
    auto facts = end.facts;
    auto notes = take_notes(late, end, facts);
    if (end.response != nullptr) {
        pool_.release(connection, reusable, at);
        stats_.late_responses.add();
    } else {
        pool_.drop(connection);
        discard(connection);
        stats_.late_lost.add();
    }
    static_cast<void>(late.call().attempt_ended(facts, std::move(notes), at, {budget_, rng_})); // it finishes
    if (late.call().succeeded())
        stats_.late_created.add();
    report_late(late, at);
    pump();
    abort_if_done();
}

void Engine::report_late(LateExchange& late, TimePoint at) {
    LateResponse report;
    late.describe(report);
    report.outcome = late.call().outcome();
    if (!late.call().succeeded())
        report.failure = &late.call().failure();
    report.late = at - late.left_at_;
    report.call_id = late.call_id_;
    reports_.late_ended(report);
}

} // namespace e2b::engine
