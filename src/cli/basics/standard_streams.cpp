#include "cli/basics/standard_streams.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace e2b::cli {
namespace {

std::array<bool, 3> was_closed{};

} // namespace

void open_standard_streams() {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        bool const closed = ::fcntl(stream, F_GETFL) < 0 && errno == EBADF;
        was_closed[static_cast<std::size_t>(stream)] = closed;
        // The lowest descriptor that is free is the stream's, as those below it are open by now.
        if (closed && ::open("/dev/null", O_RDWR) != stream)
            std::_Exit(2);
    }
}

bool stdin_was_closed() noexcept {
    return was_closed[STDIN_FILENO];
}

std::optional<std::string> stdout_problem() {
    auto const flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    if (was_closed[STDOUT_FILENO] || flags < 0)
        return "stdout is closed, and the results would be lost: redirect it to a file, or to /dev/null if "
               "you "
               "do not need them";
    if ((flags & O_ACCMODE) == O_RDONLY)
        return "stdout is open for reading only, and the results would be lost: redirect it to a file with "
               "'>'";
    pollfd state{STDOUT_FILENO, POLLOUT, 0};
    if (::poll(&state, 1, 0) == 1 && (state.revents & POLLERR) != 0)
        return "nobody reads stdout any more, and the results would be lost: its reader has ended";
    return std::nullopt;
}

void ignore_write_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

} // namespace e2b::cli
