#include "cli/send.hpp"

#include "cli/sending.hpp"
#include "cli/summary.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

namespace {

void print_summary(Console& console, SendPlan::Summary where, std::string const& text) {
    if (where == SendPlan::Summary::to_stdout)
        console.out(text);
    else if (where == SendPlan::Summary::to_stderr)
        console.err(text);
}

} // namespace

asio::awaitable<ExitCode> send_all(Session& session, Source& source, SendPlan plan) {
    auto const began = Clock::now();
    auto const where = plan.summary;
    Sending sending(session, std::move(plan));
    std::exception_ptr error;
    try {
        co_await sending.send(source);
    } catch (...) {
        error = std::current_exception();
    }
    // Also after an error: the journal has to hold what ended, and must not be left while it is written.
    try {
        co_await sending.finish();
    } catch (...) {
        if (!error)
            error = std::current_exception();
    }
    // Also of a run that failed: what it did, it did.
    print_summary(session.console(), where,
                  sending.left_out() + format_summary(sending.tally(), sending.attempts(),
                                                      session.client().stats(), Clock::now() - began));
    if (error)
        std::rethrow_exception(error);
    co_return sending.all_created() ? exit_all_created : exit_some_failed;
}

} // namespace e2b::cli
