#pragma once

#include "base/intrusive_list.hpp"
#include "core/dial.hpp"
#include "core/exchange.hpp"
#include "core/pool.hpp"
#include "core/secret.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <string>
#include <vector>

namespace e2b::net {

class Connection;

// How long the steps of a dial took; of the step in which it failed, until then.
struct DialTimes {
    core::Duration resolve{};
    core::Duration connect{};
    core::Duration proxy{};
    core::Duration tls{};
};

class ExchangeListener {
public:
    virtual void on_exchange_ended(Connection& connection, core::ExchangeEnd const& end) = 0;

protected:
    ~ExchangeListener() = default;
};

// One connection, from its dial to its end. Everything happens on the client's strand. The owner is notified
// by ConnectionOwner's and ExchangeListener's functions, until `close` was called. Handlers still under way
// keep the object, not the owner.
class Connection : public core::PoolSlot,
                   public boost::intrusive_ref_counter<Connection, boost::thread_safe_counter> {
public:
    virtual ~Connection() { core::wipe(request_buffer_); }

    // Begins to open it. The owner may be notified of its end from within.
    virtual void dial() = 0;
    // An idle connection is of no use any more, as far as can be seen without waiting: its peer has ended it,
    // has said something, or is in the middle of saying it.
    [[nodiscard]] virtual bool is_stale() = 0;
    // Where the next request is to be put; kept from one to the next, so that it seldom grows. It holds the
    // API key.
    [[nodiscard]] std::string& request_buffer() noexcept { return request_buffer_; }
    // Sends what is in the request buffer and reads the response. The listener may be notified from within.
    virtual void exchange(ExchangeListener& listener) = 0;
    // Another listener is notified of the running exchange's end.
    virtual void hand_over(ExchangeListener& listener) noexcept = 0;
    // The peer can have acted upon the running exchange's request.
    [[nodiscard]] virtual bool is_committed() const noexcept = 0;
    // What is known of the running exchange, as it is to be reported where it is given up because of `why`.
    [[nodiscard]] virtual core::ExchangeEnd given_up(Errc why) const noexcept = 0;
    // Closes, in whatever state. No listener is notified.
    virtual void close() noexcept = 0;
    // The TLS session was resumed from an earlier connection's.
    [[nodiscard]] virtual bool resumed() const noexcept { return false; }
    [[nodiscard]] DialTimes const& dial_times() const noexcept { return dial_times_; }

    // The owner's, for a list of its connections.
    base::ListLink<Connection> owner_link;

protected:
    DialTimes dial_times_;

private:
    std::string request_buffer_;
};

using ConnectionPtr = boost::intrusive_ptr<Connection>;

class ConnectionOwner {
public:
    virtual void on_dialed(Connection& connection) = 0;
    virtual void on_dial_failed(Connection& connection, core::DialFailure failure) = 0;
    // An idle connection died.
    virtual void on_lost(Connection& connection) = 0;

protected:
    ~ConnectionOwner() = default;
};

class Connector {
public:
    virtual ~Connector() = default;
    // A connection that is still to be dialed. Throws bad_alloc.
    [[nodiscard]] virtual ConnectionPtr make(ConnectionOwner& owner) = 0;
    // What of the configuration was passed over, in sentences.
    [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
    // No look-up or wait goes on after this. All connections were closed before.
    virtual void stop() noexcept = 0;
};

} // namespace e2b::net
