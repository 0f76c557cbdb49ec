#pragma once

#include "cli/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace e2b::cli {

// All that the command prints while it runs, in order, written by a thread of its own: a reader that is slow
// (or a terminal that is stopped) then holds up the output and not the timeouts of the calls in flight.
// Whoever prints much looks at `backlog` and waits for `changed`.
//
// Lifetime: `flush` before the executor's context ends. For one thread.
class Console {
public:
    explicit Console(boost::asio::any_io_executor executor);

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }

    // Whole lines for stdout and stderr.
    void out(std::string_view lines);
    void err(std::string_view lines);

    // The line at the bottom of the terminal that says how it goes, without a line feed; empty takes it away.
    // Precondition: stderr is a terminal.
    void status(std::string line);

    // Why stdout does not take any more; from then on `out` does nothing.
    [[nodiscard]] std::error_code out_error() const noexcept { return out_error_; }
    // Who is told when that happens; at most one.
    void on_out_error(std::function<void()> told) { on_out_error_ = std::move(told); }
    // How many bytes wait to be written.
    [[nodiscard]] std::size_t backlog() const noexcept { return backlog_; }
    // Notified when the backlog shrank or stdout failed.
    [[nodiscard]] Event& changed() noexcept { return changed_; }

    // Completes when all was written, or stdout failed.
    boost::asio::awaitable<void> flush();

    [[nodiscard]] static bool out_is_terminal() noexcept;
    [[nodiscard]] static bool err_is_terminal() noexcept;
    // How wide the terminal is at present.
    [[nodiscard]] static std::size_t err_columns() noexcept;

private:
    struct Chunk {
        int descriptor;
        std::string text;
    };

    void print(int descriptor, std::string_view text);
    void append(int descriptor, std::string_view text);
    boost::asio::awaitable<void> write_all();
    static boost::asio::awaitable<std::error_code> write_chunks(std::vector<Chunk> const& chunks);

    boost::asio::any_io_executor executor_;
    boost::asio::thread_pool writer_{1};
    std::vector<Chunk> pending_;
    std::size_t backlog_ = 0;
    bool writing_ = false;
    std::string status_;
    std::error_code out_error_;
    std::function<void()> on_out_error_;
    Event changed_;
};

} // namespace e2b::cli
