#pragma once

#include "fault/peers/directory.hpp"
#include "support/child.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace e2b::test {

/// The path of a program that these tests need. Where it is not installed, says that the case is skipped.
[[nodiscard]] std::optional<std::string> installed(std::string const& name);

/// A port of the loopback address at which nobody listens, and which the system gives to nobody who asks it
/// for any port.
[[nodiscard]] std::uint16_t free_port();

/// A program that listens at a port of the loopback address.
class Program {
public:
    /// Waits until it accepts connections; throws if it does not come so far.
    Program(Directory directory, std::uint16_t port, std::vector<std::string> command);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
    /// The lines of the file `log` in its directory, once there are so many, or it does not come so far.
    [[nodiscard]] std::vector<std::string> log(std::size_t expected) const;

private:
    Directory directory_;
    std::uint16_t port_;
    Child child_;
};

} // namespace e2b::test
