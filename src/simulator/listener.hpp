#pragma once

#include "simulator/descriptor.hpp"

#include <cstdint>
#include <string>

namespace e2b::sim {

/// A socket that listens.
struct Listener {
    Descriptor socket;
    std::uint16_t port;
    std::string host; ///< As URLs write it: IPv6 addresses in brackets.

    /// Throws `std::invalid_argument` for what is no address, `std::system_error` if it cannot listen.
    static Listener open(std::string const& address, std::uint16_t port);
};

} // namespace e2b::sim
