#pragma once

#include <stdexcept>

namespace e2b::cli {

// What was asked for cannot be done: exit code 2. `what()` tells the user what to change.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace e2b::cli
