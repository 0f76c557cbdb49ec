#include "cli/send.hpp"

#include "cli/run.hpp"
#include "cli/summary.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

Record record_of(BulkResult ended) {
    auto& request = ended.item.request;
    auto record = make_record(std::move(request.sandbox_id), std::move(ended.result),
                              static_cast<std::size_t>(ended.item.tag));
    record.name = std::move(request.name);
    record.last_try = ended.last_try;
    return record;
}

void print_summary(Console& console, SendPlan::Summary where, std::string const& text) {
    if (where == SendPlan::Summary::to_stdout)
        console.out(text);
    else if (where == SendPlan::Summary::to_stderr)
        console.err(text);
}

} // namespace

asio::awaitable<ExitCode> send_all(Session& session, Source& source, SendPlan plan) {
    auto const began = Clock::now();
    Recorder recorder(session.console(), plan.records);
    Feed feed(source, session.console(), recorder, plan.rules);
    Run run(session, plan.run, plan.shows_progress);
    BulkSink const sink = [&](BulkResult ended) {
        auto const record = record_of(std::move(ended));
        recorder.add(record);
        feed.ended(record.outcome);
    };
    std::exception_ptr error;
    try {
        auto work = run.execute(feed, source, recorder, sink);
        co_await std::move(work);
    } catch (...) {
        error = std::current_exception();
    }
    // Also of a run that failed: what it did, it did.
    print_summary(session.console(), plan.summary,
                  format_summary(recorder.tally(), session.client().stats(), Clock::now() - began));
    if (error)
        std::rethrow_exception(error);
    co_return recorder.tally().failed() == 0 ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
