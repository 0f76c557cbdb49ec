#include "net/connect_race.hpp"

#include "net/descriptor.hpp"
#include "net/receive.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <chrono>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace e2b::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto stagger = std::chrono::milliseconds(250);

// A peer that went away without a word is found in about half a minute, not after the system's quarter of an
// hour.
void set_options(int descriptor) noexcept {
    auto const set = [descriptor](int level, int name, int value) {
        // Each one only improves matters; a system that lacks it still works.
        static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
    learn_what_is_left(descriptor);
}

// Asio's own `open` would leave the socket to every child process, and a connection that was closed here
// would live on for as long as one of them did.
Socket open_socket(Strand const& strand, tcp const& protocol, boost::system::error_code& error) {
    Socket socket(strand);
    Descriptor descriptor(
        ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!descriptor.is_open())
        error.assign(errno, boost::system::system_category());
    else if (!socket.assign(protocol, descriptor.get(), error))
        descriptor.release();
    return socket;
}

} // namespace

std::vector<tcp::endpoint> interleave_families(std::vector<tcp::endpoint> const& endpoints) {
    if (endpoints.empty())
        return {};
    auto const first = endpoints.front().protocol();
    std::vector<tcp::endpoint> preferred;
    std::vector<tcp::endpoint> others;
    for (auto const& endpoint : endpoints)
        (endpoint.protocol() == first ? preferred : others).push_back(endpoint);

    std::vector<tcp::endpoint> result;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (i < preferred.size())
            result.push_back(preferred[i]);
        if (i < others.size())
            result.push_back(others[i]);
    }
    return result;
}

ConnectRace::ConnectRace(Strand strand, Timers& timers, Listener& listener)
    : strand_(std::move(strand)),
      timers_(timers),
      listener_(listener) {}

void ConnectRace::start(std::vector<tcp::endpoint> const& endpoints, ConnectionPtr keep_alive) {
    keep_alive_ = std::move(keep_alive);
    endpoints_ = interleave_families(endpoints);
    last_error_ = asio::error::host_not_found;
    attempts_.reserve(endpoints_.size());
    try_next();
}

void ConnectRace::cancel() noexcept {
    if (queued())
        timers_.clear(*this);
    endpoints_.clear();
    attempts_.clear();
    running_ = 0;
    keep_alive_.reset();
}

void ConnectRace::try_next() {
    auto const keep_alive = keep_alive_;
    while (attempts_.size() < endpoints_.size()) {
        if (begin(endpoints_[attempts_.size()])) {
            if (attempts_.size() < endpoints_.size())
                timers_.set(*this, timers_.now() + stagger);
            return;
        }
    }
    if (running_ == 0) {
        auto const error = last_error_;
        cancel();
        listener_.on_connect_failed(error);
    }
}

bool ConnectRace::begin(tcp::endpoint const& endpoint) {
    auto const index = attempts_.size();
    boost::system::error_code failed;
    attempts_.emplace_back(open_socket(strand_, endpoint.protocol(), failed));
    if (failed) {
        last_error_ = failed;
        attempts_.back().reset();
        return false;
    }
    auto& socket = *attempts_.back();
    set_options(socket.native_handle());
    ++running_;
    socket.async_connect(endpoint, [this, index, keep_alive = keep_alive_](
                                       boost::system::error_code const& error) { ended(index, error); });
    return true;
}

void ConnectRace::ended(std::size_t index, boost::system::error_code error) {
    // After a cancel there are no attempts; the handlers still come.
    if (index >= attempts_.size() || !attempts_[index])
        return;
    --running_;
    if (error) {
        last_error_ = error;
        attempts_[index].reset();
        return try_next();
    }
    auto const keep_alive = keep_alive_;
    auto socket = std::move(*attempts_[index]);
    cancel();
    listener_.on_connected(std::move(socket));
}

} // namespace e2b::net
