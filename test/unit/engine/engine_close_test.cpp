// The end of a client.
#include "rig.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A call that the peer has and does not respond to.
Call& begin_committed(Rig& rig) {
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) { connection.commit(); };
    auto& call = rig.call("i1");
    rig.poll();
    return call;
}

void answer_all(Rig& rig) {
    rig.step([&] {
        while (auto* const connection = rig.network.find(Stage::exchanging))
            connection->receive(created());
    });
}

} // namespace

TEST_CASE("closing a client that has done nothing is over at once", "[engine]") {
    Rig rig;
    auto const& closed = rig.close(10s);
    rig.poll();
    CHECK(closed == 1);
    CHECK(rig.network.stopped());
    rig.expect_rest();
}

TEST_CASE("a closed client refuses calls and opens nothing", "[engine]") {
    auto const grace = GENERATE(0s, 5s);
    Rig rig;
    auto& earlier = begin_committed(rig);
    rig.close(grace);
    rig.poll();
    auto const& later = rig.call("i2");
    rig.poll();
    REQUIRE(later.completions == 1);
    CHECK(describe(*later.result) == "not_sent client_closed");
    CHECK(rig.network.dials() == 1);
    CHECK(earlier.done() == (grace == 0s));
    rig.advance(grace);
    CHECK(describe(*earlier.result) == "unknown client_closed");
    rig.expect_rest();
}

TEST_CASE("closing waits for the calls in flight, and no longer", "[engine]") {
    Rig rig;
    auto const& call = begin_committed(rig);
    std::vector<std::string> order;
    boost::asio::co_spawn(*rig.context, rig.client->close(5s),
                          [&](std::exception_ptr) { order.emplace_back(call.done() ? "after" : "before"); });
    rig.poll();
    rig.advance(4s);
    CHECK(order.empty());
    answer_all(rig);
    CHECK(order == std::vector<std::string>{"after"});
    CHECK(describe(*call.result) == "created");
    CHECK(rig.network.open() == 0);
    rig.expect_rest();
}

TEST_CASE("closing lets waiting calls and retries go on while there is time", "[engine]") {
    auto config = mock_config();
    config.max_connections = 1;
    Rig rig(config);
    begin_committed(rig);
    rig.call("i2");
    rig.poll();
    auto const& closed = rig.close(20s);
    rig.poll();
    rig.network.on_exchange = [&](MockConnection& connection) {
        bool const again = rig.network.seen(connection.sandbox_id()).committed > 0;
        connection.commit();
        connection.receive(again ? created() : api_error(429, "Retry-After: 3\r\n"));
    };
    answer_all(rig);
    CHECK(closed == 0);
    rig.advance(5s);
    CHECK(closed == 1);
    for (auto const& call : rig.calls)
        CHECK(describe(*call.result) == "created");
    CHECK(rig.calls[1].result->attempts() == 2);
    rig.expect_rest();
}

TEST_CASE("closing closes idle connections at once", "[engine]") {
    Rig rig;
    begin_committed(rig);
    rig.call("i2");
    rig.poll();
    rig.step([&] { rig.network.connections().front()->receive(created()); });
    CHECK(rig.stats().idle == 1);
    rig.close(10s);
    rig.poll();
    CHECK(rig.stats().idle == 0);
    CHECK(rig.stats().leased == 1);
    CHECK(rig.network.open() == 1);
    answer_all(rig);
    CHECK(rig.network.open() == 0);
    rig.expect_rest();
}

TEST_CASE("who closes twice is notified twice, and the shorter grace counts", "[engine]") {
    Rig rig;
    auto const& call = begin_committed(rig);
    auto const& slow = rig.close(20s);
    rig.poll();
    auto const& fast = rig.close(2s);
    rig.poll();
    auto const& slowest = rig.close(30s);
    rig.poll();
    rig.advance(2s - 1ns);
    CHECK(slow + fast + slowest == 0);
    rig.advance(1ns);
    CHECK(slow == 1);
    CHECK(fast == 1);
    CHECK(slowest == 1);
    CHECK(describe(*call.result) == "unknown client_closed");
    auto const& late = rig.close(5s);
    rig.poll();
    CHECK(late == 1);
    rig.expect_rest();
}

TEST_CASE("cancelling the close cuts at once", "[engine]") {
    Rig rig;
    auto const& call = begin_committed(rig);
    boost::asio::cancellation_signal signal;
    auto const& closed = rig.close(20s, signal.slot());
    rig.poll();
    signal.emit(Cancel::terminal);
    rig.poll();
    CHECK(closed == 1);
    CHECK(describe(*call.result) == "unknown client_closed");
    signal.emit(Cancel::terminal);
    rig.poll();
    CHECK(closed == 1);
    rig.expect_rest();
}

TEST_CASE("destroying the client does not wait for its close", "[engine]") {
    Rig rig;
    auto const& call = begin_committed(rig);
    auto const& closed = rig.close(20s);
    rig.poll();
    rig.drop_client();
    rig.poll();
    CHECK(closed == 1);
    CHECK(describe(*call.result) == "unknown client_closed");
    CHECK(rig.network.open() == 0);
}

TEST_CASE("a dial that ends after the client did is nobody's", "[engine]") {
    Rig rig;
    auto const& call = rig.call("i1");
    rig.poll();
    net::ConnectionPtr const dialing(&rig.network.get(Stage::dialing));
    rig.close(0s);
    rig.poll();
    CHECK(describe(*call.result) == "not_sent client_closed");
    CHECK(static_cast<MockConnection&>(*dialing).stage() == Stage::closed);
    rig.expect_rest();
}

TEST_CASE("destroying the context under a close leaves nothing", "[engine]") {
    Rig rig;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    auto const& call = rig.call("i1", CallOptions(), Rig::Keep::yes);
    rig.poll();
    auto const& closed = rig.close(20s);
    rig.poll();
    rig.drop_client();
    rig.drop_context();
    CHECK(closed == 0);
    CHECK_FALSE(call.done());
}
