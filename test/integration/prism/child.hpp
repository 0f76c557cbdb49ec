#pragma once

#include <string>
#include <vector>

namespace e2b::test {

/// Another program, whose output is read here. The destructor kills it.
class Child {
public:
    /// `arguments` begin with the program's path; `variables` (`NAME=value`) are its whole environment.
    Child(std::vector<std::string> arguments, std::vector<std::string> variables);
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;
    ~Child();

    /// Waits for a line that contains `text` and yields what follows it in the line. Throws with all that
    /// was said if the program ends without saying it.
    [[nodiscard]] std::string wait_for(std::string const& text);

private:
    int pid_ = -1;
    int output_ = -1;
};

} // namespace e2b::test
