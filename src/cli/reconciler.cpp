#include "cli/reconciler.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t questions_at_a_time = 64;

} // namespace

// What several workers take from.
struct Reconciler::Work {
    explicit Work(asio::any_io_executor executor) : changed(std::move(executor)) {}

    std::vector<Unanswered> questions;
    std::size_t next = 0;
    Sink sink;
    std::size_t workers = 0;
    bool stopped = false;
    std::exception_ptr error;
    Event changed;
};

asio::awaitable<void> Reconciler::answer(std::vector<Unanswered> questions, Sink sink) {
    Work all(session_.executor());
    // The oldest settle first.
    std::ranges::sort(questions, {}, [](Unanswered const& each) { return each.question.started_at; });
    all.questions = std::move(questions);
    all.sink = std::move(sink);
    all.workers = std::min(questions_at_a_time, all.questions.size());
    all.stopped = session_.interrupt().stopping();

    std::list<asio::cancellation_signal> signals(all.workers);
    session_.interrupt().on_stop([&] {
        all.stopped = true;
        for (auto& signal : signals)
            signal.emit(asio::cancellation_type::terminal);
    });
    for (auto& signal : signals) {
        auto ended = [&all](std::exception_ptr error) {
            if (error && !all.error)
                all.error = error;
            --all.workers;
            all.changed.notify();
        };
        asio::co_spawn(session_.executor(), work(all), asio::bind_cancellation_slot(signal.slot(), ended));
    }
    while (all.workers > 0)
        co_await all.changed.wait();
    session_.interrupt().on_stop({});
    if (all.error)
        std::rethrow_exception(all.error);
}

asio::awaitable<void> Reconciler::work(Work& all) {
    while (all.next < all.questions.size()) {
        auto question = std::move(all.questions[all.next++]);
        Reconciliation answer;
        answer.reason = "interrupted before it was found out";
        answer.sure_from = question.question.started_at +
                           question.question.settle_time.value_or(session_.client().platform_time_limit());
        if (!all.stopped) {
            try {
                auto call = reconcile(session_.client(), question.question);
                answer = co_await std::move(call);
            } catch (boost::system::system_error const& error) {
                if (error.code() != asio::error::operation_aborted)
                    throw;
            } catch (SnapshotError const& error) {
                answer.reason = "it cannot be asked: " + error.failure().detail;
                answer.sure_from.reset();
            }
        }
        all.sink(std::move(question), std::move(answer));
    }
}

} // namespace e2b::cli
