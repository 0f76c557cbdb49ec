#pragma once

#include "cli/basics/interrupt.hpp"
#include "cli/options/options.hpp"
#include "cli/output/attempt_log.hpp"
#include "cli/output/console.hpp"

#include <e2b/client.hpp>
#include <e2b/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace e2b::cli {

// What every subcommand that talks to the platform holds while it runs: one thread's event loop and all that
// lives on it.
class Session {
public:
    // Throws UsageError where the client refuses its configuration, by the names of the options and variables
    // that it came from.
    Session(ClientConfig config, SendOptions const& options);

    // Runs the event loop until `work` has completed and all was printed. Throws what `work` throws. The
    // first interrupt cancels it, unless it takes care of interrupts itself; then the code is 130 whatever
    // `work` yields.
    using Work = std::function<boost::asio::awaitable<ExitCode>(Session&)>;
    ExitCode run(Work const& work);

    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }
    [[nodiscard]] Client& client() noexcept { return client_; }
    [[nodiscard]] Console& console() noexcept { return console_; }
    [[nodiscard]] Interrupt& interrupt() noexcept { return interrupt_; }
    // Cancels `work`; by `total`, which it may honour, only what has had no effect yet.
    void cancel(boost::asio::cancellation_type how = boost::asio::cancellation_type::terminal) {
        cancellation_.emit(how);
    }

    // Who is told of late responses; at most one.
    void on_late_response(AttemptLog::LateHook told) { log_->tell_late(std::move(told)); }
    // Completes when the responses to all that was sent have come, or no longer can, or the user interrupted
    // twice. Nothing can be sent any more.
    boost::asio::awaitable<void> close_client();

private:
    boost::asio::awaitable<void> drive(Work const& work);
    Client make_client(ClientConfig config, SendOptions const& options);

    boost::asio::io_context context_{1};
    Console console_{context_.get_executor()};
    Interrupt interrupt_{context_.get_executor()};
    boost::asio::cancellation_signal cancellation_;
    std::shared_ptr<AttemptLog> log_;
    Client client_;
    ExitCode exit_code_ = exit_all_created;
};

// What an interrupt says of so many snapshots that were sent and not answered.
[[nodiscard]] std::string describe_waiting(std::size_t sent);
[[nodiscard]] std::string describe_hanging_up(std::size_t sent);

// What the user asked for, or what suits where stdout goes.
[[nodiscard]] OutputFormat output_format(SendOptions const& options, Console const& console);

} // namespace e2b::cli
