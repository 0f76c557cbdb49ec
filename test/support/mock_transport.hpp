#pragma once

#include "core/exchange.hpp"
#include "net/strand.hpp"
#include "net/transport.hpp"
#include "support/manual_time.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::test {

class MockNetwork;

/// A connection without a socket. What a kernel and a peer would do to it, the test does. Everything on the
/// client's strand.
class MockConnection final : public net::Connection {
public:
    MockConnection(MockNetwork& network, net::ConnectionOwner& owner);
    ~MockConnection() override;

    enum class Stage : unsigned char { dialing, idle, exchanging, ended, closed };

    [[nodiscard]] Stage stage() const noexcept { return stage_; }
    /// How many connections were dialed before this one.
    [[nodiscard]] unsigned number() const noexcept { return number_; }
    /// Whose request is under way, or was last.
    [[nodiscard]] std::string const& sandbox_id() const noexcept { return sandbox_id_; }

    // The dial's end.
    void succeed_dial();
    void fail_dial(Errc error, Phase phase = Phase::connect, bool is_final = false);

    // The kernel takes all of the request.
    void commit();

    // The peer. While dialing it spoils the handshake, while idle it loses the connection.
    void receive(std::string_view bytes);
    void end();
    void reset();
    /// The peer is gone, and only the stale check shows it.
    void die_unnoticed() { alive_ = false; }

    // net::Connection
    void dial() override;
    bool is_stale() override;
    void exchange(net::ExchangeListener& listener) override;
    void hand_over(net::ExchangeListener& listener) noexcept override { listener_ = &listener; }
    bool is_committed() const noexcept override { return exchange_.is_committed(); }
    core::ExchangeEnd given_up(Errc why) const noexcept override { return exchange_.given_up(why); }
    void close() noexcept override;

private:
    [[nodiscard]] bool spoilt();
    void stream_ended(core::StreamEnd end);

    MockNetwork& network_;
    net::ConnectionOwner* owner_;
    net::ExchangeListener* listener_ = nullptr;
    Stage stage_ = Stage::dialing;
    unsigned number_;
    bool alive_ = true;
    std::string sandbox_id_;
    core::Exchange exchange_;
};

/// All connections of one client, what their peers saw, and what they do by themselves. Must outlive them.
class MockNetwork {
public:
    using Script = std::function<void(MockConnection&)>;

    /// Of the client. Without one no time passes.
    ManualClock const* clock = nullptr;

    /// What happens to a dial and to an exchange; nothing by default, so that the test steps by hand. Dials
    /// end after `dial` has returned, exchanges from inside `exchange`.
    Script on_dial;
    Script on_exchange;

    /// What the peers saw of one sandbox's requests.
    struct Seen {
        unsigned committed = 0;         ///< whole requests
        std::vector<unsigned> statuses; ///< of the responses that arrived whole
    };

    [[nodiscard]] std::unique_ptr<net::Connector> make_connector(net::Strand strand);

    /// The connection in this stage, the oldest of several; null if there is none.
    [[nodiscard]] MockConnection* find(MockConnection::Stage stage) const;
    /// `find`, which must find.
    [[nodiscard]] MockConnection& get(MockConnection::Stage stage) const;
    [[nodiscard]] std::vector<MockConnection*> const& connections() const noexcept { return connections_; }

    [[nodiscard]] Seen const& seen(std::string const& sandbox_id) { return seen_[sandbox_id]; }
    [[nodiscard]] unsigned dials() const noexcept { return dials_; }
    /// How many stale checks were made.
    [[nodiscard]] unsigned stale_checks() const noexcept { return stale_checks_; }
    /// Whole requests, of all sandboxes.
    [[nodiscard]] unsigned committed() const noexcept { return committed_; }
    /// Connection objects. Any thread.
    [[nodiscard]] std::size_t alive() const noexcept { return alive_; }
    /// Connections that hold what a socket would: neither closed nor destroyed.
    [[nodiscard]] std::size_t open() const;
    /// The most that were open at any time.
    [[nodiscard]] std::size_t most_open() const noexcept { return most_open_; }
    /// Where the client broke the rules of net/transport.hpp.
    [[nodiscard]] std::vector<std::string> const& violations() const noexcept { return violations_; }
    /// `Connector::stop` was called.
    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

private:
    friend class MockConnection;
    class Connector;

    void require(bool rule, char const* text) {
        if (!rule)
            violations_.emplace_back(text);
    }

    std::optional<net::Strand> strand_;
    std::vector<MockConnection*> connections_;
    std::map<std::string, Seen> seen_;
    std::vector<std::string> violations_;
    std::atomic<std::size_t> alive_ = 0;
    std::size_t most_open_ = 0;
    unsigned dials_ = 0;
    unsigned stale_checks_ = 0;
    unsigned committed_ = 0;
    bool stopped_ = false;
};

/// A whole response.
[[nodiscard]] std::string response(unsigned status, std::string_view body,
                                   std::string_view more_fields = std::string_view());
/// 201 with a snapshot of this id.
[[nodiscard]] std::string created(std::string_view snapshot_id = "snap:default");
/// An error of the platform's API.
[[nodiscard]] std::string api_error(unsigned status, std::string_view more_fields = std::string_view());

} // namespace e2b::test
