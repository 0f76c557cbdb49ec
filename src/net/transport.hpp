#pragma once

#include "core/call.hpp"
#include "core/pool.hpp"
#include "core/response.hpp"
#include "core/secret.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <string>
#include <string_view>

namespace e2b::net {

// Opening a connection failed.
struct DialFailure {
    core::NoConnection reason;
    bool is_final = false; // the next dial would meet the same
};

// How one exchange ended. Views are good until the next call on the connection.
struct ExchangeEnd {
    core::AttemptFacts facts;                 // all but what only a look into the body can tell
    core::Response const* response = nullptr; // where the answer is complete
    bool reusable = false;                    // the connection can carry another request
    boost::system::error_code cause;
    std::string_view detail;
    core::TimePoint committed_at{};
};

class Connection;

class ExchangeListener {
public:
    virtual void on_exchange_ended(Connection& connection, ExchangeEnd const& end) = 0;

protected:
    ~ExchangeListener() = default;
};

// One connection, from its dial to its end. Everything happens on the client's strand. The owner is told by
// ConnectionOwner's and ExchangeListener's functions, until `close` or `abort` was called; an exchange may
// end before `exchange` returns. Handlers still under way keep the object, not the owner.
class Connection : public core::PoolSlot,
                   public boost::intrusive_ref_counter<Connection, boost::thread_safe_counter> {
public:
    virtual ~Connection() { core::wipe(request_buffer_); }

    // An idle connection is still fit for use, as far as can be seen without waiting.
    [[nodiscard]] virtual bool look() = 0;
    // The last read is known to have left nothing behind: neither bytes nor the peer's FIN in the socket, nor
    // a part of a record.
    [[nodiscard]] virtual bool left_nothing() const noexcept = 0;
    // Where the next request is to be put; kept from one to the next, so that it seldom grows. It holds the
    // API key.
    [[nodiscard]] std::string& request_buffer() noexcept { return request_buffer_; }
    // Sends what is in the request buffer and reads the answer.
    virtual void exchange(ExchangeListener& listener) = 0;
    // The peer can have the whole request of the running exchange.
    [[nodiscard]] virtual bool committed() const noexcept = 0;
    // Cuts the running exchange: what is known of it.
    [[nodiscard]] virtual ExchangeEnd abort(Errc why) = 0;
    // Closes, in whatever state. Nobody is told.
    virtual void close() noexcept = 0;
    // The TLS session was resumed from an earlier connection's.
    [[nodiscard]] virtual bool resumed() const noexcept { return false; }

private:
    std::string request_buffer_;
};

using ConnectionPtr = boost::intrusive_ptr<Connection>;

class ConnectionOwner {
public:
    virtual void on_dialed(Connection& connection) = 0;
    virtual void on_dial_failed(Connection& connection, DialFailure failure) = 0;
    // An idle connection died.
    virtual void on_lost(Connection& connection) = 0;

protected:
    ~ConnectionOwner() = default;
};

class Connector {
public:
    virtual ~Connector() = default;
    // Begins to open a connection. The owner is told how that ended, but not before this has returned.
    [[nodiscard]] virtual ConnectionPtr dial(ConnectionOwner& owner) = 0;
    // No dial, look-up or wait goes on after this.
    virtual void stop() noexcept = 0;
};

} // namespace e2b::net
