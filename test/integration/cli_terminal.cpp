#include "integration/cli_terminal.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace e2b::test {

TerminalProcess::TerminalProcess(std::vector<std::string> arguments, Process::Environment environment,
                                 std::size_t columns)
    : screen_(columns) {
    terminal_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal_ < 0 || ::grantpt(terminal_) != 0 || ::unlockpt(terminal_) != 0)
        throw std::system_error(errno, std::system_category(), "posix_openpt");
    winsize size{};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(columns);
    ::ioctl(terminal_, TIOCSWINSZ, &size);
    int const other_end = ::open(::ptsname(terminal_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    int const nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    environment.try_emplace("TERM", "xterm");
    pid_ =
        spawn_process(E2B_SNAPSHOT_COMMAND, std::move(arguments), environment, nothing, other_end, other_end);
    ::close(other_end);
    ::close(nothing);
    reader_ = std::thread([this] { read_all(); });
}

TerminalProcess::~TerminalProcess() {
    if (pid_ >= 0) {
        ::kill(pid_, SIGKILL);
        wait();
    }
    ::close(terminal_);
}

void TerminalProcess::send_signal(int signal) {
    ::kill(pid_, signal);
}

// Ends when nobody has the other end any more.
void TerminalProcess::read_all() {
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const size = ::read(terminal_, buffer.data(), buffer.size());
        std::lock_guard const lock(mutex_);
        if (size > 0)
            screen_.feed({buffer.data(), static_cast<std::size_t>(size)});
        ended_ = size <= 0;
        changed_.notify_all();
        if (ended_)
            return;
    }
}

bool TerminalProcess::wait_for(std::string const& text) {
    std::unique_lock lock(mutex_);
    auto const is_shown = [&] { return screen_.text().find(text) != std::string::npos; };
    changed_.wait(lock, [&] { return ended_ || is_shown(); });
    return is_shown();
}

int TerminalProcess::wait() {
    if (pid_ < 0)
        return exit_code_;
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    reader_.join();
    return exit_code_;
}

Screen TerminalProcess::screen() const {
    std::lock_guard const lock(mutex_);
    return screen_;
}

} // namespace e2b::test
