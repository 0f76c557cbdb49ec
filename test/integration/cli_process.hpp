#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace e2b::test {

// The built command as a child process, whose standard streams are pipes. Nothing here waits for a time to
// pass: it waits for output or for the end of the process, and ctest's time limit ends a test that waits in
// vain.
class Process {
public:
    using Environment = std::map<std::string, std::string>;

    // The child sees PATH and what `environment` says, nothing else.
    explicit Process(std::vector<std::string> arguments, Environment const& environment = {});
    // A shell that runs `script`, in which "$E2B" is the command, and "$FAULTS" the library of faults.cpp,
    // for LD_PRELOAD.
    static Process shell(std::string script, Environment environment);
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;
    // Kills the child if it still runs.
    ~Process();

    void write(std::string_view text);
    void close_stdin();
    // Lets go of the reading end of the child's stdout.
    void close_stdout();
    void send_signal(int signal);
    // The same, once it is late enough to count as a second one.
    void send_signal_again(int signal);

    // Blocks until stdout (or stderr) contains `text`, or the child closed it; yields whether it does.
    bool wait_for_out(std::string_view text);
    bool wait_for_err(std::string_view text);
    // Blocks until the child ended and its output was read. Yields the exit code, or -1 for a signal's death.
    int wait();

    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;
    [[nodiscard]] std::vector<std::string> out_lines() const;

private:
    Process(std::string const& program, std::vector<std::string> arguments, Environment const& environment);

    // What one of the child's streams said so far.
    struct Stream {
        int descriptor = -1;
        std::string text;
        bool ended = false;
        std::thread reader;
    };

    void read_all(Stream& stream);
    bool wait_for(Stream const& stream, std::string_view text);

    int pid_ = -1;
    int stdin_ = -1;
    int exit_code_ = -1;
    int stop_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Stream out_;
    Stream err_;
};

// Starts a program with these as its standard streams; yields its id.
int spawn_process(std::string const& program, std::vector<std::string> arguments,
                  Process::Environment const& environment, int in, int out, int err);

// Runs the command to its end with nothing on its stdin.
struct Finished {
    int exit_code;
    std::string out;
    std::string err;
    std::vector<std::string> lines; // of stdout
};
Finished run_command(std::vector<std::string> arguments, Process::Environment const& environment = {},
                     std::string_view input = {});
// The same of a shell's script, as `Process::shell`.
Finished run_shell(std::string script, Process::Environment const& environment = {},
                   std::string_view input = {});

} // namespace e2b::test
