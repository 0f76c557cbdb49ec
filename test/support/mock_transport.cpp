#include "support/mock_transport.hpp"

#include <boost/asio/post.hpp>

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
    if (std::exchange(committed_, true))
        return;
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
    std::size_t consumed = 0;
    switch (reader_.feed(bytes, consumed)) {
    case net::ResponseReader::State::need_more:
        return;
    case net::ResponseReader::State::complete:
        return end_with_answer(consumed == bytes.size());
    case net::ResponseReader::State::failed:
        return end_with_error(reader_.error(), reader_.error_detail());
    }
}

void MockConnection::end() {
    if (spoilt())
        return;
    if (reader_.finish() == net::ResponseReader::State::complete)
        end_with_answer(false);
    else
        end_with_error(reader_.error(), reader_.error_detail());
}

void MockConnection::reset() {
    if (!spoilt())
        end_with_error(Errc::reset, {});
}

bool MockConnection::look() {
    ++network_.looks_;
    network_.require(stage_ == Stage::idle, "a look at a connection that is not idle");
    return alive_;
}

void MockConnection::exchange(net::ExchangeListener& listener) {
    network_.require(stage_ == Stage::idle, "an exchange on a connection that is not idle");
    network_.require(core::PoolSlot::state() == core::PoolSlot::State::leased,
                     "an exchange on a connection that nobody has leased");
    net::ConnectionPtr const self(this);
    listener_ = &listener;
    stage_ = Stage::exchanging;
    written_part_ = committed_ = answered_ = false;
    sandbox_id_ = sandbox_of(request_buffer());
    reader_.reset();
    if (network_.on_exchange)
        network_.on_exchange(*this);
}

core::AttemptFacts MockConnection::facts() const {
    core::AttemptFacts facts;
    facts.reused = uses() > 1;
    facts.committed = committed_;
    facts.http_status = reader_.status();
    facts.answer_complete = answered_;
    bool const answering = committed_ || reader_.any_byte();
    facts.phase = answered_ ? Phase::complete : answering ? reader_.phase() : Phase::write;
    return facts;
}

void MockConnection::end_with_error(Errc error, std::string_view detail) {
    net::ExchangeEnd end;
    end.facts = facts();
    end.facts.error = error;
    end.detail = detail;
    stage_ = Stage::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, end);
}

void MockConnection::end_with_answer(bool keep) {
    answered_ = true;
    network_.seen_[sandbox_id_].statuses.push_back(reader_.status());
    net::ExchangeEnd end;
    end.facts = facts();
    end.response = &reader_.response();
    end.reusable = keep && committed_ && reader_.response().keep_alive && reader_.status() != 408;
    stage_ = end.reusable ? Stage::idle : Stage::ended;
    std::exchange(listener_, nullptr)->on_exchange_ended(*this, end);
}

net::ExchangeEnd MockConnection::abort(Errc why) {
    network_.require(core::PoolSlot::state() == core::PoolSlot::State::leased,
                     "an abort of nobody's exchange");
    net::ExchangeEnd end;
    if (stage_ == Stage::exchanging)
        end.facts = facts();
    end.facts.reused = uses() > 1;
    end.facts.error = why;
    close();
    return end;
}

void MockConnection::close() noexcept {
    stage_ = Stage::closed;
    owner_ = nullptr;
    listener_ = nullptr;
}

// ---- Network

class MockNetwork::Connector final : public net::Connector {
public:
    Connector(MockNetwork& network, net::Strand strand) : network_(network), strand_(std::move(strand)) {}

    net::ConnectionPtr dial(net::ConnectionOwner& owner) override {
        network_.require(!network_.stopped_, "a dial after the connector was stopped");
        boost::intrusive_ptr<MockConnection> connection(new MockConnection(network_, owner));
        boost::asio::post(strand_, [connection, &network = network_] {
            if (network.on_dial && connection->stage() == MockConnection::Stage::dialing)
                network.on_dial(*connection);
        });
        return connection;
    }
    void stop() noexcept override { network_.stopped_ = true; }

private:
    MockNetwork& network_;
    net::Strand strand_;
};

std::unique_ptr<net::Connector> MockNetwork::make_connector(net::Strand strand) {
    return std::make_unique<Connector>(*this, std::move(strand));
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

// ---- Answers

std::string answer(unsigned status, std::string_view body, std::string_view more_fields) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Reason\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more_fields) +
           "\r\n" + std::string(body);
}

std::string created(std::string_view snapshot_id) {
    return answer(201, R"({"snapshotID":")" + std::string(snapshot_id) + R"(","names":[]})",
                  "Content-Type: application/json\r\n");
}

std::string api_error(unsigned status, std::string_view more_fields) {
    return answer(status, R"({"code":)" + std::to_string(status) + R"(,"message":"scripted"})",
                  "Content-Type: application/json\r\n" + std::string(more_fields));
}

} // namespace e2b::test
