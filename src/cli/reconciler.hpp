#pragma once

#include "cli/session.hpp"
#include "cli/unanswered.hpp"

#include <e2b/reconcile.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace e2b::cli {

// The platform may be at work on a request for this long after it began, says `Client::reconcile`.
inline constexpr std::chrono::milliseconds default_settle_time(75'000);

// Finds out what became of requests without an answer, many at a time.
class Reconciler {
public:
    using Sink = std::function<void(Unanswered, Reconciliation)>;

    // `settle`: how long after a request began its platform can still be at work on it.
    Reconciler(Session& session, std::chrono::milliseconds settle) : session_(session), settle_(settle) {}

    // Completes when the sink was given each. An interrupt ends it: what is not found out by then remains
    // unknown.
    boost::asio::awaitable<void> answer(std::vector<Unanswered> questions, Sink sink);

private:
    struct Work;

    boost::asio::awaitable<void> work(Work& work);
    boost::asio::awaitable<Reconciliation> ask(ReconcileRequest question);

    Session& session_;
    std::chrono::milliseconds settle_;
};

} // namespace e2b::cli
