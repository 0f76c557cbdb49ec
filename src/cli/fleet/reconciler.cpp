#include "cli/fleet/reconciler.hpp"

#include <e2b/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

using SystemClock = std::chrono::system_clock;

namespace {

constexpr std::size_t questions_at_a_time = 64;

void rethrow(std::exception_ptr error) {
    if (error)
        std::rethrow_exception(error);
}

} // namespace

Reconciler::Reconciler(asio::any_io_executor executor, Client& client,
                       std::optional<std::chrono::nanoseconds> settle, Sink sink)
    : executor_(std::move(executor)),
      client_(client),
      settle_(settle.value_or(client.platform_time_limit())),
      sink_(std::move(sink)),
      wake_(executor_),
      changed_(executor_) {}

void Reconciler::ask(Question question) {
    auto const when = due(question);
    waiting_.emplace(when, std::move(question));
    wake_.cancel();
    if (!std::exchange(dispatching_, true))
        asio::co_spawn(executor_, dispatch(), rethrow);
}

void Reconciler::withdraw(std::uint64_t tag) {
    auto const waits = [tag](auto const& entry) { return entry.second.tag == tag; };
    if (std::erase_if(waiting_, waits) == 0 && asked_.contains(tag))
        withdrawn_.insert(tag);
    wake_.cancel();
}

Reconciler::Clock::time_point Reconciler::due(Question const& question) const {
    if (question.began)
        return *question.began + settle_;
    auto const now = SystemClock::now();
    // The library refuses a moment that is too far ahead.
    if (question.request.started_at > now + std::chrono::hours(24))
        return Clock::now();
    return Clock::now() + std::max(question.request.started_at + settle_ - now, SystemClock::duration(0));
}

asio::awaitable<void> Reconciler::dispatch() {
    while (!waiting_.empty()) {
        auto const first = waiting_.begin();
        bool const has_room = asking_ < questions_at_a_time || asks_.stopped();
        if (has_room && (first->first <= Clock::now() || asks_.stopped())) {
            auto question = std::move(first->second);
            waiting_.erase(first);
            ++asking_;
            asked_.insert(question.tag);
            asio::co_spawn(executor_, answer(std::move(question)), rethrow);
            continue;
        }
        wake_.expires_at(has_room ? first->first : Clock::time_point::max());
        co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    dispatching_ = false;
    changed_.notify();
}

asio::awaitable<void> Reconciler::answer(Question question) {
    auto request = question.request;
    // The wall clock may have been set since.
    if (question.began)
        request.started_at = SystemClock::now() - std::chrono::duration_cast<SystemClock::duration>(
                                                      Clock::now() - *question.began);
    request.settle_time = settle_;
    std::optional<Reconciliation> answer;
    auto asking = ask_platform(std::move(request), answer);
    co_await asks_.run(std::move(asking));
    if (!answer) {
        answer.emplace();
        answer->reason = "interrupted before it was found out";
        answer->sure_from = question.request.started_at + settle_;
    }
    asked_.erase(question.tag);
    if (withdrawn_.erase(question.tag) == 0)
        sink_(question, std::move(*answer));
    --asking_;
    wake_.cancel();
    changed_.notify();
}

asio::awaitable<void> Reconciler::ask_platform(ReconcileRequest request,
                                               std::optional<Reconciliation>& answer) {
    try {
        auto asking = reconcile(client_, std::move(request));
        answer = co_await std::move(asking);
    } catch (SnapshotError const& error) {
        if (error.failure().error == Errc::cancelled)
            throw;
        answer.emplace();
        answer->reason = "it cannot be asked: " + error.failure().detail;
    }
}

asio::awaitable<void> Reconciler::drain() {
    while (dispatching_ || asking_ > 0)
        co_await changed_.wait();
}

void Reconciler::stop() {
    asks_.stop();
    wake_.cancel();
}

} // namespace e2b::cli
