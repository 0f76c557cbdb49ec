#pragma once

#include "cli/basics/writer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace e2b::cli {

// What the standard streams lead to, and what may be written to it.
struct Terminals {
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool out_has_colours = false;
    bool err_has_colours = false;
    // stderr takes the sequences that move the cursor.
    bool err_moves = false;

    // As the process was started: TERM=dumb takes no sequences, and NO_COLOR no colours.
    static Terminals detect();
};

// All that the command prints while it runs, in order. Whoever prints much looks at `backlog` and waits for
// `changed`.
//
// Lifetime: `flush` before the executor's context ends. For one thread.
class Console {
public:
    explicit Console(boost::asio::any_io_executor executor, Terminals terminals = Terminals::detect());

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return writer_.executor(); }
    [[nodiscard]] Terminals const& terminals() const noexcept { return terminals_; }

    // Whole lines for stdout and stderr. Yields how many bytes stdout was to take until then.
    std::uint64_t out(std::string_view lines);
    void err(std::string_view lines);

    // The lines at the bottom of the terminal that say how it goes, without line feeds; none takes them away.
    // Precondition: `Terminals::err_moves`.
    void status(std::vector<std::string> lines);

    // Why stdout does not take any more; from then on `out` does nothing.
    [[nodiscard]] std::error_code out_error() const noexcept { return writer_.error(); }
    // Who is told when that happens; at most one.
    void on_out_error(std::function<void()> told) { on_out_error_ = std::move(told); }
    // How many bytes stdout has taken.
    [[nodiscard]] std::uint64_t out_written() const noexcept { return out_written_; }
    // How many bytes wait to be written.
    [[nodiscard]] std::size_t backlog() const noexcept { return writer_.backlog(); }
    // Completes when the backlog is small enough for more, or stdout failed: for a slow reader.
    boost::asio::awaitable<void> wait_for_room();
    // Notified when the backlog shrank or stdout failed.
    [[nodiscard]] Event& changed() noexcept { return writer_.changed(); }

    // Completes when all was written, or stdout failed.
    boost::asio::awaitable<void> flush();

    // How wide the terminal at stderr is at present.
    [[nodiscard]] static std::size_t err_columns() noexcept;

private:
    void print(int descriptor, std::string_view text);
    std::error_code write(Writer::Chunks const& chunks);
    [[nodiscard]] std::string erase_status() const;
    [[nodiscard]] std::string status_text() const;

    Terminals terminals_;
    std::vector<std::string> status_;
    std::function<void()> on_out_error_;
    std::uint64_t out_asked_ = 0;
    std::atomic<std::uint64_t> out_written_ = 0;
    bool out_failed_ = false; // the writer's thread's
    Writer writer_;
};

} // namespace e2b::cli
