#include "cli/interrupt.hpp"

#include <boost/system/error_code.hpp>

#include <csignal>
#include <utility>

namespace e2b::cli {

Interrupt::Interrupt(boost::asio::any_io_executor executor) : signals_(std::move(executor), SIGINT, SIGTERM) {
    listen();
}

void Interrupt::listen() {
    signals_.async_wait([this](boost::system::error_code error, int) {
        if (!error)
            handle();
    });
}

void Interrupt::handle() {
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
