#pragma once

#include "cli/basics/event.hpp"
#include "cli/basics/stoppable.hpp"
#include "cli/fleet/question.hpp"

#include <e2b/client.hpp>
#include <e2b/reconcile.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace e2b::cli {

// Finds out what became of requests without an answer, many at a time, each once the platform can no longer
// be at work on it.
//
// Lifetime: `drain` before it goes away. For one thread.
class Reconciler {
public:
    using Sink = std::function<void(Question const&, Reconciliation)>;

    // `settle`: how long after a request began its platform can still be at work on it; nothing: as the
    // client says. The sink gets the answer to each question.
    Reconciler(boost::asio::any_io_executor executor, Client& client,
               std::optional<std::chrono::nanoseconds> settle, Sink sink);

    void ask(Question question);
    // The question with this tag need not be answered any more.
    void withdraw(std::uint64_t tag);
    // Completes when all were answered.
    boost::asio::awaitable<void> drain();
    // What is not found out by now remains unknown.
    void stop();

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Clock::time_point due(Question const& question) const;
    boost::asio::awaitable<void> dispatch();
    boost::asio::awaitable<void> answer(Question question);
    boost::asio::awaitable<void> ask_platform(ReconcileRequest request,
                                              std::optional<Reconciliation>& answer);

    boost::asio::any_io_executor executor_;
    Client& client_;
    std::chrono::nanoseconds settle_;
    Sink sink_;
    std::multimap<Clock::time_point, Question> waiting_; // by when they can be asked
    std::size_t asking_ = 0;
    std::set<std::uint64_t> withdrawn_; // of those that are being asked
    std::set<std::uint64_t> asked_;     // the tags of these
    bool dispatching_ = false;
    Stoppable asks_;
    boost::asio::steady_timer wake_;
    Event changed_;
};

} // namespace e2b::cli
