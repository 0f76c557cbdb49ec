// Many calls and few connections.
#include "rig.hpp"

#include <boost/asio/post.hpp>

#include <random>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

std::string numbered(unsigned number) {
    return "i" + std::to_string(number);
}

ClientConfig at_most(std::size_t connections) {
    auto config = mock_config();
    config.max_connections = connections;
    return config;
}

} // namespace

TEST_CASE("with 100 calls in flight, the client's end is delivered to each once", "[engine]") {
    Rig rig(at_most(40));
    unsigned dialed = 0;
    rig.network.on_dial = [&](MockConnection& connection) {
        if (dialed++ < 30)
            connection.succeed_dial();
    };
    rig.network.on_exchange = [](MockConnection& connection) {
        if (connection.number() < 20)
            connection.commit();
    };
    for (unsigned i = 0; i < 100; ++i)
        rig.call(numbered(i));
    rig.poll();
    CHECK(rig.stats().leased == 30);
    CHECK(rig.stats().dialing == 10);
    CHECK(rig.stats().waiting == 70);

    SECTION("destroyed") {
        rig.drop_client();
        rig.poll();
    }
    SECTION("closed") {
        auto const& closed = rig.close(0s);
        rig.poll();
        CHECK(closed == 1);
        rig.expect_rest();
        CHECK(rig.stats().unknown == 20);
        CHECK(rig.stats().not_sent == 80);
    }
    unsigned unknown = 0;
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        REQUIRE_FALSE(call.result->has_value());
        CHECK(call.result->error().error == Errc::client_closed);
        unknown += call.result->outcome() == Outcome::unknown ? 1 : 0;
    }
    CHECK(unknown == 20);
    CHECK(rig.network.open() == 0);
    CHECK(rig.network.stopped());
}

TEST_CASE("one connection, 50 waiters, and one of them cancelled whenever it is released", "[engine]") {
    Rig rig(at_most(1));
    std::mt19937 random(5);
    unsigned begun = 0;
    unsigned last_served = 0;
    bool in_order = true;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [&](MockConnection& connection) {
        auto const number = static_cast<unsigned>(std::stoul(connection.sandbox_id().substr(1)));
        in_order = in_order && number > last_served;
        last_served = number;
    };
    std::vector<Call*> waiting;
    auto const release = [&] {
        auto& connection = rig.network.get(Stage::exchanging);
        connection.commit();
        connection.receive(created());
    };
    for (int round = 0; round < 10'000; ++round) {
        std::erase_if(waiting, [](Call* call) { return call->done(); });
        while (waiting.size() < 51)
            waiting.push_back(&rig.call(numbered(++begun)));
        rig.poll();
        // Anybody, and every fourth time the one whose turn it is; before the release or after it.
        auto& chosen = *waiting[random() % 4 == 0 ? 1 : 1 + random() % 50];
        bool const before = random() % 2 == 0;
        if (before)
            chosen.signal.emit(Cancel::terminal);
        rig.engine.lock()->strand().run(release);
        if (!before)
            chosen.signal.emit(Cancel::total);
        rig.poll();
        REQUIRE(waiting.front()->done());
        REQUIRE(chosen.done());
        REQUIRE(describe(*chosen.result) == "not_sent cancelled");
        auto const now = rig.stats();
        REQUIRE(now.open == 1);
        REQUIRE(now.leased == 1);
        REQUIRE(now.in_flight == now.waiting + 1);
    }
    CHECK(in_order);
    rig.play_along();
    unsigned cancelled = 0;
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        cancelled += call.result->has_value() ? 0 : 1;
    }
    CHECK(cancelled == 10'000);
    CHECK(rig.network.most_open() == 1);
    rig.expect_rest();
}

TEST_CASE("a call too many is refused, and those that wait are not disturbed", "[engine]") {
    auto config = at_most(1);
    config.max_waiters = 1;
    Rig rig(config);
    for (unsigned i = 0; i < 3; ++i)
        rig.call(numbered(i));
    rig.poll();
    CHECK_FALSE(rig.calls[0].done());
    CHECK_FALSE(rig.calls[1].done());
    REQUIRE(rig.calls[2].done());
    CHECK(describe(*rig.calls[2].result) == "not_sent pool_overflow");
    rig.play_along();
    CHECK(describe(*rig.calls[0].result) == "created");
    CHECK(describe(*rig.calls[1].result) == "created");
    rig.expect_rest();
}

TEST_CASE("the counters are right as soon as a waiting call has gone", "[engine]") {
    Rig rig(at_most(1));
    rig.call("i1");
    auto& second = rig.call("i2");
    CallOptions options;
    options.timeout = 1s;
    rig.call("i3", options);
    rig.poll();
    CHECK(rig.stats().waiting == 3);
    second.signal.emit(Cancel::terminal);
    rig.poll();
    CHECK(rig.stats().waiting == 2);
    CHECK(rig.stats().in_flight == 2);
    rig.advance(1s);
    CHECK(rig.stats().waiting == 1);
    CHECK(rig.stats().in_flight == 1);
    rig.play_along();
    rig.expect_rest();
}

TEST_CASE("connections are granted again, and closed when they have been idle for long", "[engine]") {
    auto config = at_most(10);
    config.idle_timeout = 5s;
    Rig rig(config);
    rig.play_along();
    for (unsigned i = 0; i < 20; ++i) {
        rig.call(numbered(i));
        rig.poll();
    }
    CHECK(rig.stats().connections_opened == 1);
    CHECK(rig.stats().idle == 1);
    rig.advance(5s);
    CHECK(rig.stats().open == 0);
    CHECK(rig.network.open() == 0);
}

TEST_CASE("a connection that the peer ends while it is idle bothers nobody", "[engine]") {
    Rig rig;
    rig.play_along();
    rig.call("i1");
    rig.poll();
    rig.step([&] { rig.network.get(Stage::idle).end(); });
    CHECK(rig.stats().open == 0);
    CHECK(rig.stats().idle_lost == 1);
    rig.call("i2");
    rig.poll();
    CHECK(describe(*rig.calls[1].result) == "created");
    rig.expect_rest();
}
