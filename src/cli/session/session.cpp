#include "cli/session/session.hpp"

#include "cli/basics/usage_error.hpp"
#include "cli/session/settings_source.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

std::string snapshots(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " snapshot" : " snapshots");
}

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
    : log_(std::make_shared<AttemptLog>(console_, options.verbose)),
      client_(make_client(std::move(config), options)) {}

Client Session::make_client(ClientConfig config, SendOptions const& options) {
    config.observer = log_;
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
    co_await close_client();
    co_await console_.flush();
    interrupt_.finish();
    if (error && !(interrupt_.stopping() && is_cancellation(error)))
        std::rethrow_exception(error);
    if (console_.out_error())
        throw std::system_error(console_.out_error(), "cannot write the results");
    if (interrupt_.stopping())
        exit_code_ = exit_interrupted;
}

asio::awaitable<void> Session::close_client() {
    if (interrupt_.cutting()) {
        co_await client_.close(std::chrono::nanoseconds(0));
        co_return;
    }
    asio::cancellation_signal cut;
    interrupt_.on_stop([this] { console_.err("interrupted" + describe_waiting(client_.stats().leased)); });
    interrupt_.on_cut([&] {
        console_.err(describe_hanging_up(client_.stats().leased));
        cut.emit(asio::cancellation_type::terminal);
    });
    auto closing = client_.close();
    auto cancellable = asio::bind_cancellation_slot(cut.slot(), asio::use_awaitable);
    co_await asio::co_spawn(executor(), std::move(closing), cancellable);
    interrupt_.on_stop({});
    interrupt_.on_cut({});
}

std::string describe_waiting(std::size_t sent) {
    if (sent == 0)
        return ", and nothing was under way\n";
    return "; waiting for " + snapshots(sent) + " under way. Interrupt again to hang up on " +
           (sent == 1 ? "it" : "them") + ": the platform may then stop " +
           (sent == 1 ? "that sandbox" : "those sandboxes") + '\n';
}

std::string describe_hanging_up(std::size_t sent) {
    return "interrupted again: hanging up on " + snapshots(sent) + '\n';
}

OutputFormat output_format(SendOptions const& options, Console const& console) {
    return options.output.value_or(console.terminals().out_is_terminal ? OutputFormat::text
                                                                       : OutputFormat::json);
}

} // namespace e2b::cli
