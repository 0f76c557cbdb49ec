#include "support/child.hpp"

#include "support/pointers.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace e2b::test {

namespace {

// In the new process, where until the end only what a signal handler may do is allowed.
[[noreturn]] void become(char* const* arguments, char* const* variables, int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool const has_parent = ::getppid() == parent; // or else it died before the line above
    if (has_parent && ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0 &&
        ::close_range(STDERR_FILENO + 1, ~0U, 0) == 0) {
        ::execve(arguments[0], arguments, variables);
        constexpr std::string_view problem = "it could not be executed";
        [[maybe_unused]] auto const written = ::write(STDERR_FILENO, problem.data(), problem.size());
    }
    ::_exit(127);
}

} // namespace

Child::Child(std::vector<std::string> arguments, std::vector<std::string> variables) {
    auto const argument_pointers = pointers(arguments);
    auto const variable_pointers = pointers(variables);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::system_category(), "pipe2");
    auto const parent = ::getpid();
    pid_ = ::fork();
    int const error = errno;
    if (pid_ == 0)
        become(argument_pointers.data(), variable_pointers.data(), ends[1], parent);
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0) {
        ::close(output_);
        throw std::system_error(error, std::system_category(), "fork");
    }
    said_ = arguments.front() + ": ";
}

Child::~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
}

std::string Child::wait_for(std::string const& text) {
    for (;;) {
        if (auto const at = said_.find(text); at != std::string::npos) {
            auto const begin = at + text.size();
            if (auto const end = said_.find('\n', begin); end != std::string::npos)
                return said_.substr(begin, end - begin);
        }
        if (!read_some())
            ended_early();
    }
}

void Child::require_running() {
    siginfo_t state{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        state.si_pid == 0)
        return;
    while (read_some()) {
    }
    ended_early();
}

bool Child::read_some() {
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const count = ::read(output_, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        said_.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }
}

void Child::ended_early() {
    throw std::runtime_error("a program ended early: " + said_);
}

} // namespace e2b::test
