#pragma once

#include "cli/session.hpp"
#include "cli/unanswered.hpp"

#include <e2b/reconcile.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <vector>

namespace e2b::cli {

// Finds out what became of requests without an answer, many at a time.
class Reconciler {
public:
    using Sink = std::function<void(Unanswered, Reconciliation)>;

    explicit Reconciler(Session& session) : session_(session) {}

    // Completes when the sink was given each. An interrupt ends it: what is not found out by then remains
    // unknown.
    boost::asio::awaitable<void> answer(std::vector<Unanswered> questions, Sink sink);

private:
    struct Work;

    boost::asio::awaitable<void> work(Work& work);

    Session& session_;
};

} // namespace e2b::cli
