#pragma once

#include <boost/system/error_code.hpp>

#include <span>
#include <string_view>

namespace e2b::net {

// What a socket had for its reader.
struct Received {
    std::string_view bytes;          // in the reader's buffer
    boost::system::error_code error; // if there were none: `would_block`, `eof`, or what the socket said
    // It is known that neither further bytes nor the peer's FIN were behind them. A reset may have been.
    bool left_nothing = false;
};

// From now on each `receive` from this TCP socket learns whether it left something. Where the system lacks
// that, none does.
void learn_what_is_left(int socket) noexcept;

// Takes what has arrived, without waiting for more. The buffer must not be empty.
[[nodiscard]] Received receive(int socket, std::span<char> buffer) noexcept;

} // namespace e2b::net
