#include "net/tcp_connection.hpp"

#include <boost/asio/error.hpp>

#include <new>
#include <utility>

namespace e2b::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What a server may say to an idle connection is session tickets, of which a few suffice.
constexpr unsigned max_idle_reads = 16;

using Self = boost::intrusive_ptr<Connection>; // what the owner does may let go of it

} // namespace

// ---- The dial

void TcpConnection::dial() {
    Self const self(this);
    try {
        dial_ = std::make_unique<TcpDial>(origin_, static_cast<TcpDial::Listener&>(*this));
    } catch (std::bad_alloc const&) {
        return on_dial_failed({{Errc::resource, Phase::dns, asio::error::no_memory, {}}, false});
    }
    dial_->begin();
}

void TcpConnection::on_dialed(std::unique_ptr<Channel> channel) {
    Self const self(this);
    auto const dialed = std::move(dial_); // it is still at work, below this function
    dial_times_ = dialed->times();
    channel_ = std::move(channel);
    channel_->socket().set_listener(*this);
    state_ = State::idle;
    owner_->on_dialed(*this);
}

void TcpConnection::on_dial_failed(core::DialFailure failure) {
    Self const self(this);
    auto const dialed = std::move(dial_);
    if (dialed)
        dial_times_ = dialed->times();
    auto* const owner = owner_;
    close();
    owner->on_dial_failed(*this, std::move(failure));
}

// ---- The socket

void TcpConnection::on_readable() {
    Self const self(this);
    switch (state_) {
    case State::idle:
        return read_idle();
    case State::exchanging:
        return read_response();
    default:
        return; // the owner is about to close it
    }
}

void TcpConnection::on_writable() {
    Self const self(this);
    channel_->socket().watch_writable(false);
    if (state_ == State::exchanging && !exchange_.is_written())
        write_request();
}

// ---- Between exchanges

void TcpConnection::read_idle() {
    if (++idle_reads_ > max_idle_reads || channel_->read_idle() == Channel::Idle::spoilt)
        lose();
}

bool TcpConnection::is_stale() {
    while (++idle_reads_ <= max_idle_reads) {
        switch (channel_->read_idle()) {
        case Channel::Idle::nothing:
            return !channel_->is_between_messages();
        case Channel::Idle::quiet:
            break;
        case Channel::Idle::spoilt:
            return true;
        }
    }
    return true;
}

void TcpConnection::lose() {
    auto* const owner = owner_;
    close();
    owner->on_lost(*this);
}

// ---- The exchange

void TcpConnection::exchange(ExchangeListener& listener) {
    listener_ = &listener;
    state_ = State::exchanging;
    idle_reads_ = 0;
    sent_ = 0;
    exchange_.begin(uses() > 1);
    write_request();
}

void TcpConnection::write_request() {
    using Status = Channel::Output::Status;
    auto const output = channel_->write(std::string_view(request_buffer()).substr(sent_));
    sent_ += output.size;
    if (output.status == Status::done)
        return exchange_.written(origin_.timers.now());
    if (output.size != 0)
        exchange_.committed(origin_.timers.now());
    switch (output.status) {
    case Status::done:
        return;
    case Status::need_write:
        return channel_->socket().watch_writable(true);
    case Status::need_input:
        return; // the rest of a message that TLS has begun to read; see `read_response`
    case Status::failed:
        return write_failed(output.cause);
    }
}

// A peer that responds before the request is whole, and closes, does not want the rest of it. The response is
// there before the close is.
void TcpConnection::write_failed(error_code cause) {
    while (exchange_.wants_more()) {
        auto const input = read();
        if (input.blocked || input.end != core::StreamEnd::none)
            break;
    }
    auto ended = exchange_.write_failed(cause, channel_->tls().error_text());
    end(ended);
}

Channel::Input TcpConnection::read() {
    try {
        return channel_->read([this](std::string_view bytes) {
            if (origin_.is_timed && !exchange_.has_first_byte())
                exchange_.first_byte(origin_.timers.now());
            exchange_.received(bytes);
        });
    } catch (std::bad_alloc const&) {
        return {false, core::StreamEnd::out_of_memory, asio::error::no_memory};
    }
}

void TcpConnection::read_response() {
    auto const input = read();
    if (auto ended = exchange_.read(input.end, input.cause, channel_->detail(input.end)))
        return end(*ended);
    if (!exchange_.is_written())
        write_request(); // it may have waited for what just came
}

core::ExchangeEnd TcpConnection::given_up(Errc why) const noexcept {
    auto end = exchange_.given_up(why);
    end.sent = sent_;
    return end;
}

void TcpConnection::end(core::ExchangeEnd& end) {
    end.sent = sent_;
    state_ = end.reusable ? State::idle : State::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, end);
}

void TcpConnection::close() noexcept {
    auto const before = std::exchange(state_, State::closed);
    if (channel_ && (before == State::idle || before == State::ended))
        channel_->shut_down();
    owner_ = nullptr;
    listener_ = nullptr;
    dial_.reset();
    channel_.reset();
}

} // namespace e2b::net
