#include "net/tcp_connection.hpp"

#include "net/receive.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace e2b::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

error_code system_error(int number) noexcept {
    return {number, boost::system::system_category()};
}

// What a server may say to an idle connection is session tickets, of which a few suffice.
constexpr unsigned max_idle_reads = 16;

bool is_loopback(asio::ip::address const& address) {
    return address.is_loopback() ||
           (address.is_v6() && address.to_v6().is_v4_mapped() &&
            asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
}

bool is_resource_error(error_code error) noexcept {
    return error == system_error(EMFILE) || error == system_error(ENFILE) || error == system_error(ENOBUFS) ||
           error == system_error(ENOMEM) || error == system_error(EADDRNOTAVAIL);
}

} // namespace

TcpConnection::TcpConnection(Origin& origin, ConnectionOwner& owner) : origin_(origin), owner_(&owner) {}

TcpConnection::~TcpConnection() = default;

// ---- The dial

void TcpConnection::start() {
    asio::post(origin_.strand, [self = boost::intrusive_ptr<TcpConnection>(this)] {
        if (self->state_ == State::closed)
            return;
        self->origin_.timers.set(*self, self->origin_.timers.now() + self->origin_.connect_timeout);
        self->origin_.resolver->resolve(*self);
    });
}

void TcpConnection::on_due() {
    switch (state_) {
    case State::resolving:
        return fail_dial(Errc::dns_temporary, Phase::dns, asio::error::timed_out, {}, false);
    case State::connecting:
        origin_.resolver->forget();
        return fail_dial(Errc::connect_timeout, Phase::connect, asio::error::timed_out, {}, false);
    case State::tunnelling:
        return fail_dial(Errc::proxy_rejected, Phase::proxy, asio::error::timed_out, {}, false);
    default:
        return fail_dial(Errc::tls_handshake, Phase::handshake, asio::error::timed_out, {}, false);
    }
}

void TcpConnection::on_resolved(Resolved const& resolved) {
    if (resolved.endpoints.empty())
        return fail_dial(resolved.error, Phase::dns, resolved.cause, {},
                         resolved.error == Errc::dns_not_found);
    auto endpoints = resolved.endpoints;
    if (origin_.loopback_only)
        std::erase_if(endpoints, [](auto const& each) { return !is_loopback(each.address()); });
    if (endpoints.empty())
        return fail_dial(Errc::connect_failed, Phase::connect, {},
                         "the host is not this machine, and the API key would travel in the clear", true);
    state_ = State::connecting;
    race_ = std::make_unique<ConnectRace>(origin_.strand, origin_.timers,
                                          static_cast<ConnectRace::Listener&>(*this));
    race_->start(endpoints, this);
}

void TcpConnection::on_connect_failed(error_code error) {
    origin_.resolver->forget();
    fail_dial(is_resource_error(error) ? Errc::resource : Errc::connect_failed, Phase::connect, error, {},
              false);
}

void TcpConnection::on_connected(Socket socket) {
    error_code error;
    socket_ = Descriptor(socket.release(error));
    if (!error)
        error = origin_.poller->add(socket_.get(), *this);
    if (error) {
        socket_.close(); // it is not among those that the poller tells of
        return on_connect_failed(error);
    }
    if (origin_.tunnel_request.empty())
        secure();
    else
        open_tunnel();
}

void TcpConnection::open_tunnel() {
    state_ = State::tunnelling;
    tunnel_ = std::make_unique<core::TunnelReply>();
    // A fresh connection's send buffer takes far more than this request.
    auto const& request = origin_.tunnel_request;
    auto const sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != static_cast<ssize_t>(request.size()))
        return fail_dial(Errc::proxy_rejected, Phase::proxy, system_error(sent < 0 ? errno : EAGAIN), {},
                         false);
}

void TcpConnection::tunnel_bytes(std::string_view bytes) {
    switch (tunnel_->feed(bytes)) {
    case core::TunnelReply::State::need_more:
        return;
    case core::TunnelReply::State::open:
        tunnel_.reset();
        return secure();
    case core::TunnelReply::State::refused:
        break;
    }
    fail_dial(tunnel_->error(), Phase::proxy, {}, tunnel_->detail(), !tunnel_->may_pass_later());
}

void TcpConnection::secure() {
    if (!origin_.tls)
        return dialed();
    state_ = State::handshaking;
    tls_.open(*origin_.tls, socket_.get());
    drive_handshake();
}

void TcpConnection::drive_handshake() {
    switch (tls_.handshake()) {
    case TlsStream::Status::done:
        return dialed();
    case TlsStream::Status::need_input:
        return;
    case TlsStream::Status::need_write:
        return wait_writable();
    default:
        break;
    }
    switch (tls_.error()) {
    case TlsStream::Error::verify:
        return fail_dial(Errc::tls_verify, Phase::handshake, {}, tls_.error_text(), true);
    case TlsStream::Error::client_auth:
        return fail_dial(Errc::tls_client_auth, Phase::handshake, {}, tls_.error_text(), true);
    case TlsStream::Error::refused:
        return fail_dial(Errc::tls_handshake, Phase::handshake, {}, tls_.error_text(), true);
    default:
        return fail_dial(Errc::tls_handshake, Phase::handshake, system_error(tls_.socket_error()),
                         tls_.error_text(), false);
    }
}

// The race stays until the connection's own end: the handlers of those that lost are still to come.
void TcpConnection::dialed() {
    // Tickets can have come along with the end of the handshake; anything else has no business there.
    if (origin_.tls && !quiet({}))
        return fail_dial(Errc::tls_handshake, Phase::handshake, {}, "the server spoke before it was asked",
                         false);
    origin_.timers.clear(*this);
    state_ = State::idle;
    owner_->on_dialed(*this);
}

void TcpConnection::fail_dial(Errc error, Phase phase, error_code cause, std::string detail, bool is_final) {
    boost::intrusive_ptr<TcpConnection> const self(this);
    auto* const owner = owner_;
    if (phase == Phase::handshake)
        origin_.tls->forget_session();
    close();
    owner->on_dial_failed(*this, {{error, phase, cause, std::move(detail)}, is_final});
}

// ---- The socket

bool TcpConnection::on_readable() {
    boost::intrusive_ptr<TcpConnection> const self(this);
    InputBuffer buffer;
    auto const received = receive(socket_.get(), buffer);
    if (received.error == asio::error::would_block)
        return false;
    left_nothing_ = received.left_nothing;
    on_received(received.bytes, received.error);
    return true;
}

void TcpConnection::on_received(std::string_view bytes, error_code error) {
    switch (state_) {
    case State::tunnelling:
        if (error)
            return fail_dial(Errc::proxy_protocol, Phase::proxy, error, "the proxy closed without an answer",
                             false);
        return tunnel_bytes(bytes);
    case State::handshaking:
        if (error)
            return fail_dial(Errc::tls_handshake, Phase::handshake, error, {}, false);
        tls_.put_input(bytes);
        return drive_handshake();
    case State::idle:
        if (error || ++idle_reads_ > max_idle_reads || !quiet(bytes))
            return lose();
        return;
    case State::exchanging:
        return after_input(error ? Stream::open : take_plaintext(bytes), error);
    default:
        return; // the owner is about to close it
    }
}

void TcpConnection::wait_writable() {
    if (!std::exchange(waiting_writable_, true))
        origin_.poller->watch_writable(socket_.get(), *this, true);
}

void TcpConnection::on_writable() {
    boost::intrusive_ptr<TcpConnection> const self(this);
    waiting_writable_ = false;
    origin_.poller->watch_writable(socket_.get(), *this, false);
    if (state_ == State::handshaking)
        return drive_handshake();
    if (state_ == State::exchanging && !written_)
        return write_request();
}

// Feeds what was received to the reader, through TLS where there is TLS.
TcpConnection::Stream TcpConnection::take_plaintext(std::string_view received) {
    if (!origin_.tls) {
        deliver(received);
        return Stream::open;
    }
    tls_.put_input(received);
    std::array<char, 4096> plaintext;
    do {
        std::size_t size = 0;
        switch (tls_.read(plaintext.data(), plaintext.size(), size)) {
        case TlsStream::Status::done:
            deliver({plaintext.data(), size});
            break;
        case TlsStream::Status::closed:
            return Stream::ended;
        case TlsStream::Status::failed:
            return Stream::failed;
        default:
            return Stream::open;
        }
    } while (tls_.has_input() || tls_.has_plaintext());
    return Stream::open;
}

// What was received on an idle connection says nothing: at most session tickets.
bool TcpConnection::quiet(std::string_view received) {
    if (!origin_.tls)
        return received.empty();
    if (!received.empty())
        tls_.put_input(received);
    char byte = 0;
    std::size_t size = 0;
    return tls_.read(&byte, 1, size) == TlsStream::Status::need_input;
}

bool TcpConnection::look() {
    while (++idle_reads_ <= max_idle_reads) {
        InputBuffer buffer;
        auto const received = receive(socket_.get(), buffer);
        if (received.error)
            return received.error == asio::error::would_block && !holds_part_of_message();
        if (!quiet(received.bytes))
            return false;
    }
    return false;
}

// The beginning of a record says nothing yet, but what it turns out to be could be taken for the next answer.
// In the middle of a session ticket nothing can be sent.
bool TcpConnection::holds_part_of_message() const noexcept {
    return origin_.tls && !tls_.between_messages();
}

void TcpConnection::lose() {
    boost::intrusive_ptr<TcpConnection> const self(this);
    auto* const owner = owner_;
    close();
    owner->on_lost(*this);
}

// ---- The exchange

void TcpConnection::exchange(ExchangeListener& listener) {
    listener_ = &listener;
    state_ = State::exchanging;
    committed_ = written_ = answered_ = left_over_ = false;
    idle_reads_ = 0;
    plain_sent_ = 0;
    committed_at_ = {};
    reader_.reset();
    write_request();
}

void TcpConnection::write_request() {
    if (!origin_.tls)
        return write_plain();
    switch (tls_.write(request_buffer())) {
    case TlsStream::Status::done:
        written_ = true;
        return commit();
    case TlsStream::Status::need_write:
        return wait_writable();
    case TlsStream::Status::need_input:
        return; // the rest of a message that OpenSSL has begun to read; see `after_input`
    default:
        return write_failed(system_error(tls_.socket_error()));
    }
}

void TcpConnection::write_plain() {
    std::string_view const request = request_buffer();
    while (plain_sent_ < request.size()) {
        auto const rest = request.substr(plain_sent_);
        auto const sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            plain_sent_ += static_cast<std::size_t>(sent);
            commit(); // without encryption, any part may be acted upon
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return wait_writable();
        } else if (errno != EINTR) {
            return write_failed(system_error(errno));
        }
    }
    written_ = true;
}

void TcpConnection::commit() {
    if (!std::exchange(committed_, true))
        committed_at_ = origin_.timers.now();
}

void TcpConnection::write_failed(error_code cause) {
    if (read_last_words())
        return end_with_answer(false, false);
    if (reader_.state() == ResponseReader::State::failed)
        return end_with_error(reader_.error(), {}, reader_.error_detail());
    end_with_error(Errc::reset, cause, tls_.error_text());
}

// Whoever answers before the request is whole, and closes, does not want the rest of it. The answer is there
// before the close is.
bool TcpConnection::read_last_words() {
    auto stream = Stream::open;
    while (reader_.state() == ResponseReader::State::need_more && stream == Stream::open) {
        InputBuffer buffer;
        auto const received = receive(socket_.get(), buffer);
        if (received.error)
            break;
        stream = take_plaintext(received.bytes);
    }
    return answered_;
}

void TcpConnection::deliver(std::string_view bytes) {
    if (answered_ || reader_.state() != ResponseReader::State::need_more) {
        left_over_ = true;
        return;
    }
    std::size_t consumed = 0;
    if (reader_.feed(bytes, consumed) == ResponseReader::State::complete) {
        answered_ = true;
        left_over_ = consumed != bytes.size();
    }
}

// The reader has seen all that came; `error` is what the socket said instead of bytes.
void TcpConnection::after_input(Stream stream, error_code error) {
    if (answered_)
        return end_with_answer(stream == Stream::open, false);
    if (reader_.state() == ResponseReader::State::failed)
        return end_with_error(reader_.error(), {}, reader_.error_detail());
    if (stream == Stream::ended)
        return end_of_stream(true);
    if (stream == Stream::failed) {
        bool const refused_us = tls_.error() == TlsStream::Error::client_auth;
        return end_with_error(refused_us ? Errc::tls_client_auth : Errc::tls, {}, tls_.error_text());
    }
    if (!error)
        return written_ ? void() : write_request(); // it may have waited for what just came
    if (error == asio::error::eof)
        return end_of_stream(!origin_.tls);
    end_with_error(error == asio::error::timed_out ? Errc::timeout : Errc::reset, error, {});
}

void TcpConnection::end_of_stream(bool clean) {
    if (reader_.finish() == ResponseReader::State::complete) {
        answered_ = true;
        return end_with_answer(false, !clean);
    }
    end_with_error(reader_.error(), asio::error::eof, reader_.error_detail());
}

core::AttemptFacts TcpConnection::facts() const noexcept {
    core::AttemptFacts facts;
    facts.reused = uses() > 1;
    facts.committed = committed_;
    facts.http_status = reader_.status();
    facts.answer_complete = answered_;
    bool const answering = committed_ || reader_.any_byte();
    facts.phase = answered_ ? Phase::complete : answering ? reader_.phase() : Phase::write;
    return facts;
}

void TcpConnection::end_with_error(Errc error, error_code cause, std::string_view detail) {
    ExchangeEnd end;
    end.facts = facts();
    end.facts.error = error;
    end.cause = cause;
    end.detail = detail;
    end.committed_at = committed_at_;
    state_ = State::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, end);
}

void TcpConnection::end_with_answer(bool keep, bool cut_unsafely) {
    ExchangeEnd end;
    end.facts = facts();
    end.facts.answer_cut_unsafely = cut_unsafely;
    end.response = &reader_.response();
    end.committed_at = committed_at_;
    end.reusable =
        keep && written_ && !left_over_ && reader_.response().keep_alive && reader_.status() != 408;
    state_ = end.reusable ? State::idle : State::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, end);
}

ExchangeEnd TcpConnection::abort(Errc why) {
    ExchangeEnd end;
    // Before an exchange began, what is left of the one before it says nothing.
    if (state_ == State::exchanging)
        end.facts = facts();
    end.facts.reused = uses() > 1;
    end.facts.error = why;
    end.committed_at = end.facts.committed ? committed_at_ : core::TimePoint();
    close();
    return end;
}

void TcpConnection::close() noexcept {
    auto const before = std::exchange(state_, State::closed);
    if (origin_.tls && (before == State::idle || before == State::ended))
        tls_.shut_down();
    owner_ = nullptr;
    listener_ = nullptr;
    origin_.timers.clear(*this);
    origin_.resolver->cancel(*this);
    if (race_)
        race_->cancel();
    if (socket_.is_open())
        origin_.poller->remove(socket_.get(), *this);
    socket_.close();
}

} // namespace e2b::net
