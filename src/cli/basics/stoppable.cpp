#include "cli/basics/stoppable.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

asio::awaitable<bool> Stoppable::run(asio::awaitable<void> work) {
    if (stopped_)
        co_return false;
    auto const signal = running_.emplace(running_.end());
    auto const executor = co_await asio::this_coro::executor;
    auto cancellable = asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable);
    auto const state = co_await asio::this_coro::cancellation_state;
    auto outer = state.slot();
    if (outer.is_connected())
        outer.assign([&inner = *signal](asio::cancellation_type how) { inner.emit(how); });
    std::exception_ptr error;
    try {
        co_await asio::co_spawn(executor, std::move(work), cancellable);
    } catch (...) {
        error = std::current_exception();
    }
    outer.clear();
    running_.erase(signal);
    if (error && !stopped_)
        std::rethrow_exception(error);
    co_return !stopped_;
}

void Stoppable::stop() {
    stopped_ = true;
    for (auto& signal : running_)
        signal.emit(asio::cancellation_type::terminal);
}

} // namespace e2b::cli
