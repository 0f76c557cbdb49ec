#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace e2b::cli {

// The signals that ask the command to end: SIGINT, SIGTERM and SIGHUP, but for those that were ignored when
// it started (nohup, a shell's background).
std::vector<int> interrupt_signals();

// The first of these signals asks to stop, the second to cut; a third has its ordinary effect. Signals that
// come within half a second of the first are no second one: timeout(1) sends each twice, to the process and
// to its group, and a terminal that closes may have the shell send one as well.
class Interrupt {
public:
    explicit Interrupt(boost::asio::any_io_executor executor);

    [[nodiscard]] bool stopping() const noexcept { return signals_seen_ > 0; }
    [[nodiscard]] bool cutting() const noexcept { return signals_seen_ > 1; }

    // What each of the two does.
    void on_stop(std::function<void()> action) { on_stop_ = std::move(action); }
    void on_cut(std::function<void()> action) { on_cut_ = std::move(action); }

    // No longer listens, so that the executor's context can end.
    void finish();

private:
    void listen();
    void handle();

    boost::asio::signal_set signals_;
    int signals_seen_ = 0;
    std::chrono::steady_clock::time_point first_at_{};
    std::function<void()> on_stop_;
    std::function<void()> on_cut_;
};

} // namespace e2b::cli
