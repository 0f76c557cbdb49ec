#pragma once

namespace e2b::net {

// Whoever wants to know when a socket can be read from or written to. Told on the strand.
class SocketListener {
public:
    // The socket has bytes, its end or an error. Told again for as long as it has.
    virtual void on_readable() = 0;
    // The socket takes bytes, where that was asked for. Told again for as long as it is asked for.
    virtual void on_writable() = 0;

protected:
    ~SocketListener() = default;
};

} // namespace e2b::net
