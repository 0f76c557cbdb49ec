#pragma once

#include "base/intrusive_list.hpp"
#include "core/time.hpp"
#include "net/strand.hpp"
#include "net/timers.hpp"

#include <e2b/error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace e2b::net {

struct Resolved {
    std::vector<boost::asio::ip::tcp::endpoint> endpoints; // empty if it failed
    Errc error{};                                          // `dns_not_found`, `dns_temporary` or `resource`
    boost::system::error_code cause;
};

// Looks one host name up, on a detached thread: a look-up that hangs holds up no cancellation, no deadline
// and no destructor. All who ask while one is under way share its result, and so do those who ask in the 30
// seconds after it, unless it was found to be of no use.
class Resolver {
public:
    // What asks the system; blocks. Called on the look-up's own thread.
    using Lookup = std::function<Resolved(std::string const& host, std::uint16_t port)>;

    class Waiter {
    public:
        // Called once, on the strand, unless cancelled before, and never from within `resolve`.
        virtual void on_resolved(Resolved const& resolved) = 0;

    protected:
        ~Waiter() = default;

    private:
        friend class Resolver;
        base::ListLink<Waiter> link_;
    };

    Resolver(Strand strand, Timers& timers, std::string host, std::uint16_t port,
             Lookup lookup = system_lookup);
    Resolver(Resolver const&) = delete;
    Resolver& operator=(Resolver const&) = delete;
    ~Resolver() { stop(); }

    // What is known at once. Where that is nothing, the waiter is notified later.
    [[nodiscard]] std::optional<Resolved> resolve(Waiter& waiter);
    void cancel(Waiter& waiter) noexcept;
    // No connection could be opened to the addresses: the host is looked up again for the next waiter.
    void forget() noexcept { cached_until_ = core::TimePoint::min(); }
    // What is under way is abandoned; its waiters are not notified.
    void stop() noexcept;

    static Resolved system_lookup(std::string const& host, std::uint16_t port);

private:
    struct Mailbox;

    // False if there is no memory or no thread for it.
    [[nodiscard]] bool start_lookup();
    void looked_up(Resolved resolved);
    void notify_all(Resolved const& resolved);

    Strand strand_;
    Timers& timers_;
    std::string host_;
    std::uint16_t port_;
    Lookup lookup_;
    base::IntrusiveList<Waiter, &Waiter::link_> waiters_;
    std::shared_ptr<Mailbox> mailbox_; // while a look-up is under way
    Resolved cached_;
    core::TimePoint cached_until_ = core::TimePoint::min();
};

} // namespace e2b::net
