#include "net/tcp_dial.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <new>
#include <utility>

namespace e2b::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using core::Dial;
using core::HandshakeFailure;

namespace {

bool is_loopback(asio::ip::address const& address) {
    return address.is_loopback() ||
           (address.is_v6() && address.to_v6().is_v4_mapped() &&
            asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
}

HandshakeFailure failure_of(TlsStream::Error error) noexcept {
    switch (error) {
    case TlsStream::Error::verify:
        return HandshakeFailure::not_trusted;
    case TlsStream::Error::client_auth:
        return HandshakeFailure::client_refused;
    case TlsStream::Error::refused:
        return HandshakeFailure::refused;
    default:
        return HandshakeFailure::transient;
    }
}

// The one in which a dial failed.
core::Duration& step_of(Phase phase, DialTimes& times) noexcept {
    switch (phase) {
    case Phase::dns:
        return times.resolve;
    case Phase::connect:
        return times.connect;
    case Phase::proxy:
        return times.proxy;
    default:
        return times.tls;
    }
}

core::DialPlan plan_for(Origin const& origin) noexcept {
    return {.through_proxy = !origin.tunnel_request.empty(),
            .encrypted = origin.tls != nullptr,
            .timeout = origin.connect_timeout};
}

} // namespace

TcpDial::TcpDial(Origin& origin, Listener& listener)
    : origin_(origin),
      listener_(listener),
      dial_(plan_for(origin), origin.timers.now()),
      noted_at_(origin.timers.now()) {}

TcpDial::~TcpDial() {
    origin_.timers.clear(*this);
    origin_.resolver->cancel(*this);
}

void TcpDial::begin() {
    handle([this] {
        if (auto const known = origin_.resolver->resolve(*this))
            take_addresses(*known);
    });
}

// Gives the plan what happened, and does what it says. The dial may be gone afterwards, but never before
// `event` has returned: nothing that it calls notifies the listener.
template <class Event>
void TcpDial::handle(Event event) {
    try {
        event();
    } catch (std::bad_alloc const&) {
        dial_.out_of_resources(asio::error::no_memory);
    }
    carry_out_all();
}

void TcpDial::carry_out_all() {
    for (auto action = dial_.next(origin_.timers.now()); action != Dial::Action::none;
         action = dial_.next(origin_.timers.now())) {
        if (action == Dial::Action::finish)
            return finish();
        if (action == Dial::Action::fail)
            return fail();
        try {
            carry_out(action);
        } catch (std::bad_alloc const&) {
            dial_.out_of_resources(asio::error::no_memory);
        }
    }
    origin_.timers.set(*this, dial_.wake_at());
}

void TcpDial::carry_out(Dial::Action action) {
    switch (action) {
    case Dial::Action::connect:
        return connect(dial_.next_address());
    case Dial::Action::open_tunnel:
        keep_winner();
        return open_tunnel();
    case Dial::Action::secure:
        keep_winner();
        return secure();
    default:
        return;
    }
}

void TcpDial::on_due() {
    handle([] {});
}

// ---- Resolving and connecting

void TcpDial::on_resolved(Resolved const& resolved) {
    handle([&] { take_addresses(resolved); });
}

void TcpDial::take_addresses(Resolved const& resolved) {
    note(times_.resolve);
    if (resolved.endpoints.empty() && resolved.error == Errc::resource)
        return dial_.out_of_resources(resolved.cause);
    if (resolved.endpoints.empty())
        return dial_.not_resolved(resolved.error, resolved.cause);
    addresses_ = origin_.addresses.order(resolved.endpoints,
                                         [](Endpoint const& endpoint) { return endpoint.address().is_v6(); });
    if (origin_.loopback_only)
        std::erase_if(addresses_, [](Endpoint const& each) { return !is_loopback(each.address()); });
    if (addresses_.empty())
        return dial_.no_address_allowed(
            "the host is not this machine, and the API key would travel in the clear");
    connects_.resize(addresses_.size());
    dial_.resolved(addresses_.size());
}

void TcpDial::connect(std::size_t number) {
    error_code error;
    auto socket = open_socket(addresses_[number].protocol(), error);
    if (error)
        return connect_ended(number, error);
    auto const descriptor = socket.get();
    auto& connect = connects_[number] = std::make_unique<Connect>(*this, number, std::move(socket));
    error = net::connect(descriptor, addresses_[number]);
    bool const goes_on = error == asio::error::would_block;
    if (error && !goes_on)
        return connect_ended(number, error);
    if (auto const not_watched = connect->channel->socket().watch(*connect, goes_on))
        return connect_ended(number, not_watched);
    if (!goes_on)
        dial_.connected(number);
}

void TcpDial::on_connected(std::size_t number) {
    handle([&] { connect_ended(number, connected(connects_[number]->channel->socket().get())); });
}

void TcpDial::connect_ended(std::size_t number, error_code error) {
    if (!error)
        return dial_.connected(number);
    connects_[number].reset();
    dial_.connect_failed(error, is_shortage(error));
}

// The connected socket is this dial's own from now on, and the others are closed.
void TcpDial::keep_winner() noexcept {
    if (channel_)
        return;
    note(times_.connect);
    channel_ = std::move(connects_[*dial_.address()]->channel);
    channel_->socket().set_listener(*this);
    channel_->socket().watch_writable(false);
    connects_.clear();
}

// ---- Tunnel and handshake

void TcpDial::open_tunnel() {
    auto const& request = origin_.tunnel_request;
    // A fresh connection's send buffer takes far more than this request.
    auto const sent = channel_->write(request);
    if (sent.size != request.size())
        dial_.tunnel_failed(sent.cause ? sent.cause : error_code(asio::error::would_block), {}, false);
}

void TcpDial::secure() {
    if (!origin_.tunnel_request.empty())
        note(times_.proxy);
    channel_->start_tls(*origin_.tls);
    drive_handshake();
}

void TcpDial::drive_handshake() {
    auto& tls = channel_->tls();
    switch (tls.handshake()) {
    case TlsStream::Status::done:
        // Tickets can have come along with its end; anything else has no business there.
        if (channel_->is_quiet())
            return dial_.secured();
        return dial_.handshake_failed(HandshakeFailure::transient, {},
                                      "the server spoke before it was asked");
    case TlsStream::Status::need_input:
        return;
    case TlsStream::Status::need_write:
        return channel_->socket().watch_writable(true);
    default:
        return dial_.handshake_failed(failure_of(tls.error()), tls.socket_error(), tls.error_text());
    }
}

void TcpDial::on_readable() {
    handle([this] {
        Channel::Buffer buffer;
        auto const received = receive(channel_->socket().get(), buffer);
        if (received.error == asio::error::would_block)
            return;
        bool const secures = channel_->tls().is_open();
        if (received.error && secures)
            return dial_.handshake_failed(HandshakeFailure::transient, received.error, {});
        if (received.error)
            return dial_.tunnel_failed(received.error, "the proxy closed without a response", true);
        if (!secures)
            return dial_.tunnel_received(received.bytes);
        channel_->tls().put_input(received.bytes);
        drive_handshake();
    });
}

void TcpDial::on_writable() {
    handle([this] {
        channel_->socket().watch_writable(false);
        drive_handshake();
    });
}

// ---- The end, in which the listener may destroy the dial

void TcpDial::note(core::Duration& step) noexcept {
    auto const now = origin_.timers.now();
    step += now - std::exchange(noted_at_, now);
}

void TcpDial::finish() noexcept {
    if (origin_.tls)
        note(times_.tls);
    keep_winner();
    origin_.timers.clear(*this);
    origin_.addresses.succeeded(addresses_[*dial_.address()]);
    listener_.on_dialed(std::move(channel_));
}

void TcpDial::fail() noexcept {
    auto failure = std::move(dial_.failure());
    note(step_of(failure.reason.phase, times_));
    origin_.timers.clear(*this);
    connects_.clear();
    channel_.reset();
    if (failure.reason.phase == Phase::connect)
        origin_.resolver->forget();
    if (failure.reason.phase == Phase::handshake)
        origin_.tls->forget_session();
    if (dial_.address())
        failure.is_final = remember_failure() && failure.is_final;
    name_proxy(failure.reason);
    listener_.on_dial_failed(std::move(failure));
}

// Whoever reads that something cannot be reached looks at the server first.
void TcpDial::name_proxy(core::NoConnection& reason) const noexcept {
    bool const is_at_proxy = reason.phase == Phase::dns || reason.phase == Phase::connect;
    if (!is_at_proxy || origin_.proxy.empty() || !reason.detail.empty())
        return;
    try {
        reason.detail = "the proxy " + origin_.proxy + " cannot be reached";
    } catch (std::bad_alloc const&) { // the error says enough
    }
}

// The next dial begins with another address. Returns whether there is none that has not failed.
bool TcpDial::remember_failure() noexcept {
    try {
        for (std::size_t i = 0; i != dial_.tried(); ++i)
            origin_.addresses.failed(addresses_[i]);
        origin_.addresses.failed(addresses_[*dial_.address()]);
    } catch (std::bad_alloc const&) { // the next one begins anywhere
    }
    return origin_.addresses.all_failed(addresses_);
}

} // namespace e2b::net
