#include "cli/send.hpp"

#include "cli/attempt_log.hpp"
#include "cli/summary.hpp"
#include "cli/usage_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <exception>
#include <memory>
#include <string>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// All that one sending subcommand holds while it runs.
class Session {
public:
    explicit Session(SendPlan plan)
        : plan_(with_log(std::move(plan), console_)),
          client_(context_.get_executor(), plan_.config) {}

    ExitCode execute(Source& source) {
        std::exception_ptr error;
        auto ended = [&error](std::exception_ptr problem) { error = problem; };
        asio::co_spawn(context_, drive(source), ended);
        context_.run();
        if (error)
            std::rethrow_exception(error);
        return exit_code_;
    }

private:
    static SendPlan with_log(SendPlan plan, Console& console) {
        plan.config.observer = std::make_shared<AttemptLog>(console, plan.verbose);
        return plan;
    }

    asio::awaitable<void> drive(Source& source) {
        Run run(context_.get_executor(), client_, console_, interrupt_, plan_.run);
        std::exception_ptr error;
        try {
            co_await run.execute(source);
        } catch (...) {
            error = std::current_exception();
        }
        auto const elapsed = run.elapsed();
        auto const stats = client_.stats();
        co_await client_.close();
        print_summary(format_summary(run.tally(), stats, elapsed));
        co_await console_.flush();
        interrupt_.finish();
        exit_code_ = exit_code(run.tally());
        if (error)
            std::rethrow_exception(error);
        if (console_.out_error())
            throw std::system_error(console_.out_error(), "cannot write the results");
    }

    void print_summary(std::string const& text) {
        if (plan_.summary == SendPlan::Summary::to_stdout)
            console_.out(text);
        else if (plan_.summary == SendPlan::Summary::to_stderr)
            console_.err(text);
    }

    ExitCode exit_code(Tally const& tally) const {
        if (interrupt_.stopping())
            return exit_interrupted;
        return tally.failed() == 0 ? exit_all_created : exit_some_failed;
    }

    asio::io_context context_{1};
    Console console_{context_.get_executor()};
    Interrupt interrupt_{context_.get_executor()};
    SendPlan plan_;
    Client client_;
    ExitCode exit_code_ = exit_all_created;
};

} // namespace

ExitCode send_all(SendPlan plan, Source& source) {
    // A reader that goes away is an error of the write.
    std::signal(SIGPIPE, SIG_IGN);
    Session session(std::move(plan));
    return session.execute(source);
}

OutputFormat output_format(SendOptions const& options) {
    return options.output.value_or(Console::out_is_terminal() ? OutputFormat::text : OutputFormat::json);
}

} // namespace e2b::cli
