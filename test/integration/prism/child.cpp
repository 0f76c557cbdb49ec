#include "integration/prism/child.hpp"

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace e2b::test {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

} // namespace

Child::Child(std::vector<std::string> arguments, std::vector<std::string> variables) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::system_category(), "pipe2");
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int const error = ::posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                                    pointers(arguments).data(), pointers(variables).data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) {
        ::close(output_);
        throw std::system_error(error, std::system_category(), arguments.front());
    }
}

Child::~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
}

std::string Child::wait_for(std::string const& text) {
    std::string said;
    std::array<char, 4096> buffer{};
    for (;;) {
        if (auto const at = said.find(text); at != std::string::npos) {
            auto const begin = at + text.size();
            if (auto const end = said.find('\n', begin); end != std::string::npos)
                return said.substr(begin, end - begin);
        }
        auto const count = ::read(output_, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            throw std::runtime_error("a program ended early; it said: " + said);
        said += std::string_view(buffer.data(), static_cast<std::size_t>(count));
    }
}

} // namespace e2b::test
