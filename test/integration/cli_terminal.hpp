#pragma once

#include "integration/cli_process.hpp"
#include "support/screen.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace e2b::test {

// The built command with stdout and stderr on a terminal of its own.
class TerminalProcess {
public:
    TerminalProcess(std::vector<std::string> arguments, Process::Environment environment,
                    std::size_t columns);
    TerminalProcess(TerminalProcess const&) = delete;
    TerminalProcess& operator=(TerminalProcess const&) = delete;
    // Kills the child if it still runs.
    ~TerminalProcess();

    void send_signal(int signal);
    // Blocks until the screen shows `text`, or the child ended; yields whether it does.
    bool wait_for(std::string const& text);
    // As `Process::wait`.
    int wait();

    [[nodiscard]] Screen screen() const;

private:
    void read_all();

    int terminal_ = -1;
    int pid_ = -1;
    int exit_code_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Screen screen_;
    bool ended_ = false;
    std::thread reader_;
};

} // namespace e2b::test
