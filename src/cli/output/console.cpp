#include "cli/output/console.hpp"

#include <boost/asio/post.hpp>

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

// As much output as may wait for a slow reader before nothing further is started.
constexpr std::size_t max_backlog_bytes = 1024 * 1024;

std::string_view variable(char const* name) {
    char const* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

} // namespace

Terminals Terminals::detect() {
    Terminals result;
    result.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    result.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    bool const takes_sequences = !variable("TERM").empty() && variable("TERM") != "dumb";
    bool const takes_colours = takes_sequences && variable("NO_COLOR").empty();
    result.out_has_colours = result.out_is_terminal && takes_colours;
    result.err_has_colours = result.err_is_terminal && takes_colours;
    result.err_moves = result.err_is_terminal && takes_sequences;
    return result;
}

Console::Console(asio::any_io_executor executor, Terminals terminals)
    : terminals_(terminals),
      writer_(std::move(executor), [this](Writer::Chunks const& chunks) { return write(chunks); }) {}

std::size_t Console::err_columns() noexcept {
    winsize size{};
    bool const is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

std::uint64_t Console::out(std::string_view lines) {
    out_asked_ += lines.size();
    if (!out_error())
        print(STDOUT_FILENO, lines);
    return out_asked_;
}

void Console::err(std::string_view lines) {
    print(STDERR_FILENO, lines);
}

void Console::print(int descriptor, std::string_view text) {
    // On the terminal the status makes way, and comes back below.
    bool const below = !status_.empty() && (descriptor == STDERR_FILENO || terminals_.out_is_terminal);
    if (below)
        writer_.append(STDERR_FILENO, erase_status());
    writer_.append(descriptor, text);
    if (below)
        writer_.append(STDERR_FILENO, status_text());
}

void Console::status(std::vector<std::string> lines) {
    if (lines == status_)
        return;
    auto text = status_.empty() ? "" : erase_status();
    status_ = std::move(lines);
    writer_.append(STDERR_FILENO, text + status_text());
}

// The cursor stands behind the last line.
std::string Console::erase_status() const {
    std::string text = "\r";
    if (status_.size() > 1)
        text += "\x1b[" + std::to_string(status_.size() - 1) + 'A';
    return text + "\x1b[J";
}

std::string Console::status_text() const {
    std::string text;
    for (auto const& line : status_)
        text += (text.empty() ? "" : "\n") + line;
    return text;
}

// On the writer's thread.
std::error_code Console::write(Writer::Chunks const& chunks) {
    std::error_code out_error;
    for (auto const& chunk : chunks) {
        // Nobody is left to be told where stderr fails.
        if (chunk.descriptor == STDERR_FILENO) {
            Writer::write_fully(STDERR_FILENO, chunk.text);
        } else if (!out_failed_) {
            std::size_t written = 0;
            out_error = Writer::write_fully(STDOUT_FILENO, chunk.text, written);
            out_written_ += written;
            out_failed_ = static_cast<bool>(out_error);
        }
    }
    if (out_error)
        asio::post(executor(), [this] {
            if (on_out_error_)
                on_out_error_();
        });
    return out_error;
}

asio::awaitable<void> Console::wait_for_room() {
    while (backlog() > max_backlog_bytes && !out_error())
        co_await changed().wait();
}

asio::awaitable<void> Console::flush() {
    return writer_.flush();
}

} // namespace e2b::cli
