#include "support/mock_transport.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace e2b::test {

namespace {

// `POST /sandboxes/ID/snapshots HTTP/1.1...`
std::string sandbox_of(std::string_view request) {
    constexpr std::string_view before = "/sandboxes/";
    auto const begin = request.find(before);
    if (begin == std::string_view::npos)
        return {};
    auto const rest = request.substr(begin + before.size());
    return std::string(rest.substr(0, rest.find('/')));
}

} // namespace

// ---- Connection

MockConnection::MockConnection(MockNetwork& network, net::ConnectionOwner& owner)
    : network_(network),
      owner_(&owner),
      number_(network.dials_++) {
    network_.connections_.push_back(this);
    ++network_.alive_;
    network_.most_open_ = std::max(network_.most_open_, network_.open());
}

MockConnection::~MockConnection() {
    network_.require(stage_ == Stage::closed, "a connection was destroyed before it was closed");
    std::erase(network_.connections_, this);
    --network_.alive_;
}

void MockConnection::succeed_dial() {
    stage_ = Stage::idle;
    owner_->on_dialed(*this);
}

void MockConnection::fail_dial(Errc error, Phase phase, bool is_final) {
    net::ConnectionPtr const self(this);
    auto* const owner = owner_;
    close();
    owner->on_dial_failed(*this, {{error, phase, {}, "scripted"}, is_final});
}

void MockConnection::commit() {
    if (exchange_.is_committed())
        return;
    exchange_.written(network_.clock != nullptr ? network_.clock->now() : core::TimePoint(core::Duration(1)));
    ++network_.committed_;
    ++network_.seen_[sandbox_id_].committed;
}

// True, and the connection is dealt with, unless an exchange is under way.
bool MockConnection::spoilt() {
    if (stage_ == Stage::dialing)
        fail_dial(Errc::tls_handshake, Phase::handshake);
    else if (stage_ == Stage::idle) {
        net::ConnectionPtr const self(this);
        auto* const owner = owner_;
        close();
        owner->on_lost(*this);
    } else
        return stage_ != Stage::exchanging;
    return true;
}

void MockConnection::receive(std::string_view bytes) {
    if (spoilt())
        return;
    if (!exchange_.has_first_byte() && network_.clock != nullptr)
        exchange_.first_byte(network_.clock->now());
    exchange_.received(bytes);
    stream_ended(core::StreamEnd::none);
}

void MockConnection::end() {
    if (!spoilt())
        stream_ended(core::StreamEnd::clean);
}

void MockConnection::reset() {
    if (!spoilt())
        stream_ended(core::StreamEnd::reset);
}

void MockConnection::stream_ended(core::StreamEnd end) {
    auto ended = exchange_.read(end, {}, {});
    if (!ended)
        return;
    ended->sent = ended->facts.committed ? request_buffer().size() : 0;
    if (ended->response != nullptr)
        network_.seen_[sandbox_id_].statuses.push_back(ended->facts.http_status);
    stage_ = ended->reusable ? Stage::idle : Stage::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, *ended);
}

void MockConnection::dial() {
    network_.strand_->run([held = net::ConnectionPtr(this), this] {
        if (network_.on_dial && stage_ == Stage::dialing)
            network_.on_dial(*this);
    });
}

bool MockConnection::is_stale() {
    ++network_.stale_checks_;
    network_.require(stage_ == Stage::idle, "a stale check of a connection that is not idle");
    return !alive_;
}

void MockConnection::exchange(net::ExchangeListener& listener) {
    network_.require(stage_ == Stage::idle, "an exchange on a connection that is not idle");
    network_.require(core::PoolSlot::state() == core::PoolSlot::State::leased,
                     "an exchange on a connection that nobody has leased");
    network_.require(alive_ || uses() == 1, "an exchange on a connection without a stale check");
    net::ConnectionPtr const self(this);
    listener_ = &listener;
    stage_ = Stage::exchanging;
    sandbox_id_ = sandbox_of(request_buffer());
    exchange_.begin(uses() > 1);
    if (network_.on_exchange)
        network_.on_exchange(*this);
}

void MockConnection::close() noexcept {
    stage_ = Stage::closed;
    owner_ = nullptr;
    listener_ = nullptr;
}

// ---- Network

class MockNetwork::Connector final : public net::Connector {
public:
    explicit Connector(MockNetwork& network) : network_(network) {}

    net::ConnectionPtr make(net::ConnectionOwner& owner) override {
        network_.require(!network_.stopped_, "a dial after the connector was stopped");
        return net::ConnectionPtr(new MockConnection(network_, owner));
    }
    void stop() noexcept override { network_.stopped_ = true; }

private:
    MockNetwork& network_;
};

std::unique_ptr<net::Connector> MockNetwork::make_connector(net::Strand strand) {
    strand_ = std::move(strand);
    return std::make_unique<Connector>(*this);
}

MockConnection* MockNetwork::find(MockConnection::Stage stage) const {
    auto const found = std::ranges::find(connections_, stage, &MockConnection::stage);
    return found != connections_.end() ? *found : nullptr;
}

MockConnection& MockNetwork::get(MockConnection::Stage stage) const {
    if (auto* const found = find(stage))
        return *found;
    throw std::logic_error("no connection is in the stage that the test asks for");
}

std::size_t MockNetwork::open() const {
    return static_cast<std::size_t>(std::ranges::count_if(connections_, [](MockConnection const* connection) {
        return connection->stage() != MockConnection::Stage::closed;
    }));
}

// ---- Responses

std::string response(unsigned status, std::string_view body, std::string_view more_fields) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Reason\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more_fields) +
           "\r\n" + std::string(body);
}

std::string created(std::string_view snapshot_id) {
    return response(201, R"({"snapshotID":")" + std::string(snapshot_id) + R"(","names":[]})",
                    "Content-Type: application/json\r\n");
}

std::string api_error(unsigned status, std::string_view more_fields) {
    return response(status, R"({"code":)" + std::to_string(status) + R"(,"message":"scripted"})",
                    "Content-Type: application/json\r\n" + std::string(more_fields));
}

} // namespace e2b::test
