#include "cli/console.hpp"

#include <boost/asio/co_spawn.hpp>

#include <cerrno>
#include <exception>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace e2b::cli {

namespace asio = boost::asio;

namespace {

constexpr std::string_view erase_line = "\r\x1b[K";

std::error_code write_fully(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const count = ::write(descriptor, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            // Whoever shares the pipe or terminal made it non-blocking.
            pollfd wanted{descriptor, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            return {errno, std::system_category()};
        }
    }
    return {};
}

} // namespace

Console::Console(asio::any_io_executor executor) : executor_(std::move(executor)), changed_(executor_) {}

bool Console::out_is_terminal() noexcept {
    static bool const result = ::isatty(STDOUT_FILENO) == 1;
    return result;
}

bool Console::err_is_terminal() noexcept {
    static bool const result = ::isatty(STDERR_FILENO) == 1;
    return result;
}

std::size_t Console::err_columns() noexcept {
    winsize size{};
    bool const is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

void Console::out(std::string_view lines) {
    if (!out_error_)
        print(STDOUT_FILENO, lines);
}

void Console::err(std::string_view lines) {
    print(STDERR_FILENO, lines);
}

void Console::print(int descriptor, std::string_view text) {
    // On the terminal the status line makes way, and comes back below.
    bool const below = !status_.empty() && (descriptor == STDERR_FILENO || out_is_terminal());
    if (below)
        append(STDERR_FILENO, erase_line);
    append(descriptor, text);
    if (below)
        append(STDERR_FILENO, status_);
}

void Console::status(std::string line) {
    if (line == status_)
        return;
    status_ = std::move(line);
    append(STDERR_FILENO, std::string(erase_line) + status_);
}

void Console::append(int descriptor, std::string_view text) {
    if (!pending_.empty() && pending_.back().descriptor == descriptor)
        pending_.back().text += text;
    else
        pending_.push_back({descriptor, std::string(text)});
    backlog_ += text.size();
    if (std::exchange(writing_, true))
        return;
    auto const rethrow = [](std::exception_ptr error) {
        if (error)
            std::rethrow_exception(error);
    };
    asio::co_spawn(executor_, write_all(), rethrow);
}

asio::awaitable<void> Console::write_all() {
    while (!pending_.empty()) {
        auto const chunks = std::exchange(pending_, {});
        std::size_t size = 0;
        for (auto const& chunk : chunks)
            size += chunk.text.size();
        auto const error = co_await asio::co_spawn(writer_, write_chunks(chunks), asio::use_awaitable);
        if (error && !out_error_) {
            out_error_ = error;
            if (on_out_error_)
                on_out_error_();
        }
        backlog_ -= size;
        changed_.notify();
    }
    writing_ = false;
    changed_.notify();
}

asio::awaitable<std::error_code> Console::write_chunks(std::vector<Chunk> const& chunks) {
    std::error_code out_error;
    for (auto const& chunk : chunks) {
        if (chunk.descriptor == STDOUT_FILENO && !out_error)
            out_error = write_fully(STDOUT_FILENO, chunk.text);
        else if (chunk.descriptor == STDERR_FILENO)
            write_fully(STDERR_FILENO, chunk.text); // nobody is left to be told where this fails
    }
    co_return out_error;
}

asio::awaitable<void> Console::flush() {
    while (writing_)
        co_await changed_.wait();
}

} // namespace e2b::cli
