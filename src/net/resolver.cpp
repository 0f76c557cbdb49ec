#include "net/resolver.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <system_error>
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

} // namespace

// Where a look-up's thread leaves its answer. The resolver closes its end when it no longer wants it, after
// which the thread touches nothing that belongs to anybody else.
struct Resolver::Mailbox {
    // The resolver, if it still wants the answer. Waits until the thread has left the executor's `post`,
    // which still touches the context after it made the handler run: whoever ends the context next must not
    // meet it there.
    Resolver* opened() {
        std::lock_guard const lock(mutex);
        return resolver;
    }

    std::mutex mutex;
    std::optional<Strand> strand; // nothing once closed
    Resolver* resolver = nullptr; // only read and changed on the strand, or where nothing runs on it
};

Resolver::Resolver(Strand strand, Timers& timers, std::string host, std::uint16_t port, Lookup lookup)
    : strand_(std::move(strand)),
      timers_(timers),
      host_(std::move(host)),
      port_(port),
      lookup_(std::move(lookup)) {}

void Resolver::resolve(Waiter& waiter) {
    waiters_.push_back(waiter);
    if (mailbox_)
        return;
    boost::system::error_code not_an_address;
    auto const address = asio::ip::make_address(host_, not_an_address);
    if (!not_an_address)
        return tell_all({{tcp::endpoint(address, port_)}, Errc{}, {}});
    if (timers_.now() < cached_until_)
        return tell_all(Resolved(cached_)); // a copy: a waiter may ask again from within
    start_lookup();
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

void Resolver::start_lookup() {
    mailbox_ = std::make_shared<Mailbox>();
    mailbox_->strand = strand_;
    mailbox_->resolver = this;
    auto work = [mailbox = mailbox_, lookup = lookup_, host = host_, port = port_] {
        auto resolved = lookup(host, port);
        std::lock_guard const lock(mailbox->mutex);
        if (!mailbox->strand)
            return;
        asio::post(*mailbox->strand, [mailbox, resolved = std::move(resolved)]() mutable {
            if (auto* const resolver = mailbox->opened())
                resolver->looked_up(std::move(resolved));
        });
    };
    try {
        std::thread(std::move(work)).detach();
    } catch (std::system_error const&) {
        looked_up({{}, Errc::resource, asio::error::no_memory});
    }
}

void Resolver::looked_up(Resolved resolved) {
    mailbox_.reset();
    if (!resolved.endpoints.empty()) {
        cached_ = resolved;
        cached_until_ = timers_.now() + cache_time;
    }
    tell_all(resolved);
}

void Resolver::tell_all(Resolved const& resolved) {
    // Only those who wait now: a waiter may ask again from within.
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
        bool const no_such_host = failed == EAI_NONAME || failed == EAI_NODATA;
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
