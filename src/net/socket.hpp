#pragma once

#include "base/descriptor.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <string_view>

// The system's calls for sockets, none of which waits. Errors are the system's, or Asio's `would_block` and
// `eof`.
namespace e2b::net {

// A TCP socket that no child process inherits, with all options that a connection wants.
[[nodiscard]] base::Descriptor open_socket(boost::asio::ip::tcp const& protocol,
                                           boost::system::error_code& error) noexcept;

// Begins to connect. `would_block`: it goes on, until the socket can be written to; `connected` then says how
// it ended.
[[nodiscard]] boost::system::error_code connect(int socket,
                                                boost::asio::ip::tcp::endpoint const& address) noexcept;
[[nodiscard]] boost::system::error_code connected(int socket) noexcept;

// What a socket had for its reader, in the reader's buffer, or why it had nothing.
struct Received {
    std::string_view bytes;
    boost::system::error_code error;
};
// The buffer must not be empty.
[[nodiscard]] Received receive(int socket, std::span<char> buffer) noexcept;

// How much a socket took, or why it took nothing.
struct Sent {
    std::size_t size = 0;
    boost::system::error_code error;
};
[[nodiscard]] Sent send(int socket, std::string_view bytes) noexcept;

// The process is short of descriptors, ports or memory.
[[nodiscard]] bool is_shortage(boost::system::error_code error) noexcept;

} // namespace e2b::net
