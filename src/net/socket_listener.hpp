#pragma once

namespace e2b::net {

// Is notified, on the strand, when a socket can be read from or written to.
class SocketListener {
public:
    // The socket has bytes, its end or an error. Notified again for as long as it has.
    virtual void on_readable() = 0;
    // The socket takes bytes, where that was asked for. Notified again for as long as it is asked for.
    virtual void on_writable() = 0;

protected:
    ~SocketListener() = default;
};

} // namespace e2b::net
