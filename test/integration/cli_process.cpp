#include "integration/cli_process.hpp"

#include "support/pointers.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace e2b::test {
namespace {

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::system_category(), what);
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            fail("pipe2");
        reader = ends[0];
        writer = ends[1];
    }
    int reader;
    int writer;
};

void close_once(int& descriptor) {
    if (descriptor >= 0)
        ::close(std::exchange(descriptor, -1));
}

} // namespace

int spawn_process(std::string const& program, std::vector<std::string> arguments,
                  Process::Environment const& environment, int in, int out, int err) {
    arguments.insert(arguments.begin(), program);
    std::vector<std::string> variables;
    for (auto const& [name, value] : environment)
        variables.push_back(name + '=' + value);
    // How sanitized builds are told what to do.
    for (auto const* name : {"PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
        if (char const* const value = std::getenv(name))
            variables.push_back(std::string(name) + '=' + value);
    }

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    int pid = -1;
    int const error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers(arguments).data(),
                                    pointers(variables).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw std::system_error(error, std::system_category(), program);
    return pid;
}

Process::Process(std::vector<std::string> arguments, Environment const& environment)
    : Process(E2B_SNAPSHOT_COMMAND, std::move(arguments), environment) {}

Process Process::shell(std::string script, Environment environment) {
    environment["E2B"] = E2B_SNAPSHOT_COMMAND;
    environment["FAULTS"] = E2B_TEST_FAULTS;
    return Process("/bin/sh", {"-c", std::move(script)}, environment);
}

Process::Process(std::string const& program, std::vector<std::string> arguments,
                 Environment const& environment) {
    ::signal(SIGPIPE, SIG_IGN); // a child that ended is seen by its exit code
    Pipe in;
    Pipe out;
    Pipe err;
    stdin_ = in.writer;
    out_.descriptor = out.reader;
    err_.descriptor = err.reader;
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    pid_ = spawn_process(program, std::move(arguments), environment, in.reader, out.writer, err.writer);
    ::close(in.reader);
    ::close(out.writer);
    ::close(err.writer);
    out_.reader = std::thread([this] { read_all(out_); });
    err_.reader = std::thread([this] { read_all(err_); });
}

Process::~Process() {
    if (pid_ >= 0) {
        ::kill(pid_, SIGKILL);
        wait();
    }
    close_once(stdin_);
    close_once(out_.descriptor);
    close_once(err_.descriptor);
    close_once(stop_);
}

void Process::read_all(Stream& stream) {
    std::array<char, 4096> buffer{};
    for (;;) {
        std::array<pollfd, 2> wanted{{{stream.descriptor, POLLIN, 0}, {stop_, POLLIN, 0}}};
        ::poll(wanted.data(), &stream == &out_ ? 2 : 1, -1);
        bool const stopped = &stream == &out_ && wanted[1].revents != 0;
        auto const count = stopped ? 0 : ::read(stream.descriptor, buffer.data(), buffer.size());
        std::lock_guard const lock(mutex_);
        if (count <= 0) {
            stream.ended = true;
            changed_.notify_all();
            return;
        }
        stream.text.append(buffer.data(), static_cast<std::size_t>(count));
        changed_.notify_all();
    }
}

void Process::write(std::string_view text) {
    while (!text.empty()) {
        auto const count = ::write(stdin_, text.data(), text.size());
        if (count < 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void Process::close_stdin() {
    close_once(stdin_);
}

void Process::close_stdout() {
    std::uint64_t const one = 1;
    if (::write(stop_, &one, sizeof(one)) != sizeof(one))
        fail("eventfd");
    out_.reader.join();
    close_once(out_.descriptor);
}

void Process::send_signal_again(int signal) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    send_signal(signal);
}

void Process::send_signal(int signal) {
    ::kill(pid_, signal);
}

bool Process::wait_for(Stream const& stream, std::string_view text) {
    std::unique_lock lock(mutex_);
    auto const found = [&] { return stream.text.find(text) != std::string::npos; };
    changed_.wait(lock, [&] { return found() || stream.ended; });
    return found();
}

bool Process::wait_for_out(std::string_view text) {
    return wait_for(out_, text);
}
bool Process::wait_for_err(std::string_view text) {
    return wait_for(err_, text);
}

int Process::wait() {
    if (pid_ < 0)
        return exit_code_;
    if (out_.reader.joinable())
        out_.reader.join();
    err_.reader.join();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return exit_code_;
}

std::string Process::out() const {
    std::lock_guard const lock(mutex_);
    return out_.text;
}

std::string Process::err() const {
    std::lock_guard const lock(mutex_);
    return err_.text;
}

std::vector<std::string> Process::out_lines() const {
    std::vector<std::string> lines;
    std::string const text = out();
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

namespace {

Finished finish(Process& process, std::string_view input) {
    process.write(input);
    process.close_stdin();
    int const code = process.wait();
    return {code, process.out(), process.err(), process.out_lines()};
}

} // namespace

Finished run_command(std::vector<std::string> arguments, Process::Environment const& environment,
                     std::string_view input) {
    Process process(std::move(arguments), environment);
    return finish(process, input);
}

Finished run_shell(std::string script, Process::Environment const& environment, std::string_view input) {
    auto process = Process::shell(std::move(script), environment);
    return finish(process, input);
}

} // namespace e2b::test
