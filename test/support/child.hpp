#pragma once

#include <string>
#include <vector>

namespace e2b::test {

/// Another program, whose output is read here. It is killed by the destructor, and also when the thread that
/// started it ends before.
class Child {
public:
    /// `arguments` begin with the program's path; `variables` (`NAME=value`) are its whole environment. It
    /// inherits no descriptor but the standard input.
    Child(std::vector<std::string> arguments, std::vector<std::string> variables);
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;
    ~Child();

    /// Waits for a line that contains `text` and yields what follows it in the line. Throws with all that
    /// was said if the program ends without saying it.
    [[nodiscard]] std::string wait_for(std::string const& text);
    /// Throws with all that was said if the program has ended.
    void require_running();

private:
    [[nodiscard]] bool read_some();
    [[noreturn]] void ended_early();

    std::string said_;
    int pid_ = -1;
    int output_ = -1;
};

} // namespace e2b::test
