#include "cli/session/session.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/output/attempt_log.hpp"
#include "cli/session/settings_source.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

bool is_cancellation(std::exception_ptr const& error) {
    try {
        std::rethrow_exception(error);
    } catch (SnapshotError const& failed) {
        return failed.failure().error == Errc::cancelled;
    } catch (boost::system::system_error const& failed) {
        return failed.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

Session::Session(ClientConfig config, SendOptions const& options)
    : client_(make_client(std::move(config), options)) {}

Client Session::make_client(ClientConfig config, SendOptions const& options) {
    config.observer = std::make_shared<AttemptLog>(console_, options.verbose);
    try {
        return Client(executor(), std::move(config));
    } catch (ConfigError const& error) {
        throw UsageError(explain(error, options, environment_variable));
    }
}

ExitCode Session::run(Work const& work) {
    std::exception_ptr error;
    auto ended = [&error](std::exception_ptr problem) { error = problem; };
    asio::co_spawn(context_, drive(work), ended);
    context_.run();
    if (error)
        std::rethrow_exception(error);
    return exit_code_;
}

asio::awaitable<void> Session::drive(Work const& work) {
    interrupt_.on_stop([this] { cancel(); });
    std::exception_ptr error;
    try {
        auto cancellable = asio::bind_cancellation_slot(cancellation_.slot(), asio::use_awaitable);
        exit_code_ = co_await asio::co_spawn(executor(), work(*this), cancellable);
    } catch (...) {
        error = std::current_exception();
    }
    interrupt_.on_stop({});
    interrupt_.on_cut({});
    co_await client_.close();
    co_await console_.flush();
    interrupt_.finish();
    if (error && !(interrupt_.stopping() && is_cancellation(error)))
        std::rethrow_exception(error);
    if (console_.out_error())
        throw std::system_error(console_.out_error(), "cannot write the results");
    if (interrupt_.stopping())
        exit_code_ = exit_interrupted;
}

OutputFormat output_format(SendOptions const& options, Console const& console) {
    return options.output.value_or(console.terminals().out_is_terminal ? OutputFormat::text
                                                                       : OutputFormat::json);
}

} // namespace e2b::cli
