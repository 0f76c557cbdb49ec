#include "net/resolver.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <mutex>
#include <netdb.h>
#include <new>
#include <optional>
#include <thread>
#include <utility>

namespace e2b::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto cache_time = std::chrono::seconds(30);

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Resolved out_of_resources() noexcept {
    Resolved resolved;
    resolved.error = Errc::resource;
    resolved.cause = asio::error::no_memory;
    return resolved;
}

bool is_no_such_host(int error) noexcept {
#ifdef EAI_NODATA
    if (error == EAI_NODATA)
        return true;
#endif
    return error == EAI_NONAME;
}

} // namespace

// Where a look-up's thread leaves its result. The resolver closes its end when it no longer wants it, after
// which the thread touches nothing but this.
struct Resolver::Mailbox {
    // On the look-up's thread. What the resolver waits for must arrive, however long memory is short.
    static void deliver(std::shared_ptr<Mailbox> const& mailbox) {
        for (;;) {
            {
                std::lock_guard const lock(mailbox->mutex);
                if (!mailbox->strand)
                    return;
                try {
                    return mailbox->strand->run([mailbox] { mailbox->open(); });
                } catch (std::bad_alloc const&) {
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    // On the strand.
    void open() {
        {
            // Waits until the thread has left the executor's `post`, which still touches the context after it
            // made this run: the context may be destroyed next.
            std::lock_guard const lock(mutex);
            if (resolver == nullptr)
                return;
        }
        resolver->looked_up(std::move(resolved));
    }

    std::mutex mutex;
    std::optional<Strand> strand; // nothing once closed
    Resolver* resolver = nullptr; // only read and changed on the strand, or where nothing runs on it
    Resolved resolved;
};

Resolver::Resolver(Strand strand, Timers& timers, std::string host, std::uint16_t port, Lookup lookup)
    : strand_(std::move(strand)),
      timers_(timers),
      host_(std::move(host)),
      port_(port),
      lookup_(std::move(lookup)) {}

std::optional<Resolved> Resolver::resolve(Waiter& waiter) {
    boost::system::error_code not_an_address;
    auto const address = asio::ip::make_address(host_, not_an_address);
    if (!not_an_address)
        return Resolved{{tcp::endpoint(address, port_)}, Errc{}, {}};
    if (!mailbox_ && timers_.now() < cached_until_)
        return cached_;
    if (!mailbox_ && !start_lookup())
        return out_of_resources();
    waiters_.push_back(waiter);
    return std::nullopt;
}

void Resolver::cancel(Waiter& waiter) noexcept {
    if (waiters_.contains(waiter))
        waiters_.erase(waiter);
}

void Resolver::stop() noexcept {
    while (!waiters_.empty())
        waiters_.pop_front();
    if (auto const mailbox = std::exchange(mailbox_, nullptr)) {
        std::lock_guard const lock(mailbox->mutex);
        mailbox->strand.reset();
        mailbox->resolver = nullptr;
    }
}

bool Resolver::start_lookup() {
    try {
        auto const mailbox = std::make_shared<Mailbox>();
        mailbox->strand = strand_;
        mailbox->resolver = this;
        std::thread([mailbox, lookup = lookup_, host = host_, port = port_] {
            try {
                mailbox->resolved = lookup(host, port);
            } catch (...) {
                mailbox->resolved = out_of_resources();
            }
            Mailbox::deliver(mailbox);
        }).detach();
        mailbox_ = mailbox;
        return true;
    } catch (std::exception const&) {
        return false;
    }
}

void Resolver::looked_up(Resolved resolved) {
    mailbox_.reset();
    forget();
    try {
        if (!resolved.endpoints.empty()) {
            cached_ = resolved;
            cached_until_ = timers_.now() + cache_time;
        }
    } catch (std::bad_alloc const&) { // the next one looks it up again
    }
    notify_all(resolved);
}

void Resolver::notify_all(Resolved const& resolved) {
    // Only those that wait now: a waiter may ask again from within.
    for (auto left = waiters_.size(); left != 0 && !waiters_.empty(); --left)
        waiters_.pop_front().on_resolved(resolved);
}

Resolved Resolver::system_lookup(std::string const& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    int const failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    std::unique_ptr<addrinfo, FreeAddresses> const owner(list);
    Resolved resolved;
    if (failed != 0) {
        bool const no_such_host = is_no_such_host(failed);
        resolved.error = no_such_host ? Errc::dns_not_found : Errc::dns_temporary;
        if (failed == EAI_SYSTEM)
            resolved.cause.assign(errno, boost::system::system_category());
        else
            resolved.cause = no_such_host
                                 ? asio::error::make_error_code(asio::error::host_not_found)
                                 : asio::error::make_error_code(asio::error::host_not_found_try_again);
        return resolved;
    }
    for (auto const* entry = list; entry != nullptr; entry = entry->ai_next) {
        tcp::endpoint endpoint;
        if (entry->ai_addrlen > endpoint.capacity())
            continue;
        endpoint.resize(entry->ai_addrlen);
        std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
        resolved.endpoints.push_back(endpoint);
    }
    if (resolved.endpoints.empty())
        resolved.error = Errc::dns_not_found;
    return resolved;
}

} // namespace e2b::net
