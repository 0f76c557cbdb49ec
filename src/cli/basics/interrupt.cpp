#include "cli/basics/interrupt.hpp"

#include <boost/system/error_code.hpp>

#include <signal.h>
#include <utility>

namespace e2b::cli {

namespace {

constexpr std::chrono::milliseconds same_interrupt(500);

} // namespace

std::vector<int> interrupt_signals() {
    std::vector<int> signals;
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action{};
        if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
            signals.push_back(signal);
    }
    return signals;
}

Interrupt::Interrupt(boost::asio::any_io_executor executor) : signals_(std::move(executor)) {
    for (int const signal : interrupt_signals())
        signals_.add(signal);
    listen();
}

void Interrupt::listen() {
    signals_.async_wait([this](boost::system::error_code error, int) {
        if (!error)
            handle();
    });
}

void Interrupt::handle() {
    auto const now = std::chrono::steady_clock::now();
    if (signals_seen_ == 1 && now - first_at_ < same_interrupt)
        return listen();
    first_at_ = now;
    auto const& action = ++signals_seen_ == 1 ? on_stop_ : on_cut_;
    if (signals_seen_ == 1)
        listen();
    else
        signals_.clear();
    if (action)
        action();
}

void Interrupt::finish() {
    signals_.cancel();
}

} // namespace e2b::cli
