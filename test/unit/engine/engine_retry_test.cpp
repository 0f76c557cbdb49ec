// What is tried again, and what is not.
#include "rig.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

void play(MockConnection& connection, std::string const& bytes) {
    connection.commit();
    connection.receive(bytes);
}

std::string numbered(unsigned number) {
    return "i" + std::to_string(number);
}

// One call's failed attempts and its success, with the dials that always succeed.
struct OneCall {
    explicit OneCall(std::vector<std::string> responses) : answers_(std::move(responses)) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.network.on_exchange = [this](MockConnection& connection) {
            play(connection, answers_.at(rig.network.committed()));
        };
    }
    Result<SnapshotInfo> const& run() {
        auto const& call = rig.call("i1");
        rig.poll();
        rig.advance(30s);
        REQUIRE(call.completions == 1);
        rig.expect_rest();
        return *call.result;
    }
    Rig rig;

private:
    std::vector<std::string> answers_;
};

} // namespace

TEST_CASE("an outage of seconds fails nobody and is no storm of dials", "[engine]") {
    auto config = mock_config();
    config.max_connections = 32;
    Rig rig(config);
    auto const over = rig.clock.now() + 5s;
    rig.network.on_dial = [&](MockConnection& connection) {
        if (rig.clock.now() < over)
            connection.fail_dial(Errc::connect_failed);
        else
            connection.succeed_dial();
    };
    rig.network.on_exchange = [](MockConnection& connection) { play(connection, created()); };
    for (unsigned i = 0; i < 100; ++i)
        rig.call(numbered(i));
    rig.poll();
    rig.advance(5s - 1ns);
    CHECK(rig.stats().in_flight == 100);
    CHECK(rig.stats().waiting == 100);
    // Those that run before the first one fails, and then one each time that at least 50 ms are over.
    CHECK(rig.stats().dials_failed <= 32 + 100);
    CHECK(rig.stats().dials_failed >= 5);

    rig.advance(1ns + 5s); // the longest that dials are ever held back
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "created");
        CHECK(call.result->attempts() == 1);
    }
    CHECK(rig.network.most_open() <= 32);
    CHECK(rig.stats().retries == 0);
    rig.expect_rest();
}

TEST_CASE("in an outage every call ends at its own deadline and says why", "[engine]") {
    Rig rig;
    auto const began = rig.clock.now();
    rig.network.on_dial = [&](MockConnection& connection) {
        connection.fail_dial(rig.clock.now() < began + 20s ? Errc::connect_failed : Errc::connect_timeout);
    };
    for (unsigned i = 1; i <= 100; ++i) {
        CallOptions options;
        options.timeout = i * 500ms;
        rig.call(numbered(i), options);
    }
    rig.poll();
    for (unsigned i = 1; i <= 100; ++i) {
        CHECK_FALSE(rig.calls[i - 1].done());
        rig.advance(500ms);
        REQUIRE(rig.calls[i - 1].completions == 1);
        auto const& failure = rig.calls[i - 1].result->error();
        CHECK(failure.outcome == Outcome::not_sent);
        CHECK(failure.phase == Phase::connect);
        CHECK(failure.detail == "scripted");
        CHECK(failure.attempts == 0);
        CHECK(failure.elapsed == i * 500ms);
        if (i < 40)
            CHECK(failure.error == Errc::connect_failed);
        if (i > 50) // the next dial came at most 5 s later
            CHECK(failure.error == Errc::connect_timeout);
    }
    CHECK(rig.network.committed() == 0);
    rig.expect_rest();
}

TEST_CASE("a dial that cannot succeed fails those that wait, at once", "[engine]") {
    Rig rig;
    rig.network.on_dial = [](MockConnection& connection) {
        connection.fail_dial(Errc::tls_verify, Phase::handshake, true);
    };
    for (unsigned i = 0; i < 10; ++i)
        rig.call(numbered(i));
    rig.poll();
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "not_sent tls_verify");
        CHECK(call.result->error().phase == Phase::handshake);
    }
    rig.expect_rest();
}

TEST_CASE("a process that is out of descriptors is no place to wait, unless its own calls make room",
          "[engine]") {
    Rig rig;
    bool const others_work = GENERATE(false, true);
    if (others_work) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.call("ifirst");
        rig.poll();
        rig.network.on_dial = nullptr;
    }
    for (unsigned i = 0; i < 10; ++i)
        rig.call(numbered(i));
    rig.poll();
    rig.network.on_dial = [](MockConnection& connection) { connection.fail_dial(Errc::resource); };
    rig.step([&] {
        while (auto* const connection = rig.network.find(Stage::dialing))
            connection->fail_dial(Errc::resource);
    });
    auto const& last = rig.calls.back();
    CHECK_FALSE(last.done());
    rig.advance(200ms); // the longest wait for the second dial
    if (others_work) {
        CHECK_FALSE(last.done());
        rig.network.on_exchange = [](MockConnection& connection) { play(connection, created()); };
        rig.step([&] { play(rig.network.get(Stage::exchanging), created()); });
    } else {
        CHECK(rig.stats().dials_failed == 10 + 1); // all together, and one more
    }
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == (others_work ? "created" : "not_sent resource"));
    }
    rig.expect_rest();
}

TEST_CASE("out of descriptors, calls wait for the dials that got one", "[engine]") {
    Rig rig;
    for (unsigned i = 0; i < 10; ++i)
        rig.call(numbered(i));
    rig.poll();
    rig.network.on_dial = [](MockConnection& connection) { connection.fail_dial(Errc::resource); };
    for (unsigned i = 0; i < 5; ++i)
        rig.step([&] { rig.network.get(Stage::dialing).fail_dial(Errc::resource); });
    rig.advance(200ms); // the longest wait for the next dial, which fails like the others
    CHECK(rig.stats().dials_failed > 5);
    for (auto const& call : rig.calls)
        REQUIRE_FALSE(call.done());
    rig.network.on_exchange = [](MockConnection& connection) { play(connection, created()); };
    rig.step([&] {
        while (auto* const connection = rig.network.find(Stage::dialing))
            connection->succeed_dial();
    });
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "created");
    }
    rig.expect_rest();
}

TEST_CASE("a process that was out of descriptors once is given its second try again", "[engine]") {
    Rig rig;
    rig.network.on_dial = [](MockConnection& connection) { connection.fail_dial(Errc::resource); };
    auto const& refused = rig.call("irefused");
    rig.poll();
    rig.advance(200ms);
    REQUIRE(describe(*refused.result) == "not_sent resource");
    rig.advance(1min);
    auto const& later = rig.call("ilater");
    rig.poll();
    REQUIRE_FALSE(later.done());
    rig.play_along(created());
    rig.advance(200ms);
    REQUIRE(later.done());
    CHECK(describe(*later.result) == "created");
    rig.expect_rest();
}

TEST_CASE("where the process is out of descriptors, a connection that nobody uses makes room", "[engine]") {
    Rig rig;
    auto const& first = rig.call("i1");
    auto& second = rig.call("i2");
    rig.poll();
    REQUIRE(rig.stats().dialing == 2);
    rig.step([&] { rig.network.get(Stage::dialing).succeed_dial(); });
    second.signal.emit(Cancel::terminal);
    rig.poll();
    rig.step([&] { play(rig.network.get(Stage::exchanging), created()); });
    CHECK(describe(*first.result) == "created");
    REQUIRE(rig.stats().idle == 1);
    rig.step([&] { rig.network.get(Stage::dialing).fail_dial(Errc::resource); });
    CHECK(rig.stats().idle == 0);
    CHECK(rig.network.open() == 0);
    rig.expect_rest();
}

TEST_CASE("where everybody is sent away, retries stop", "[engine]") {
    auto config = mock_config();
    config.max_connections = 50;
    Rig rig(config);
    rig.play_along(api_error(429, "Retry-After: 1\r\n"));
    for (unsigned i = 0; i < 1000; ++i)
        rig.call(numbered(i));
    rig.poll();
    rig.advance(30s);
    for (auto const& call : rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "rejected rate_limited");
        CHECK(call.result->error().retry_after == 1s);
    }
    CHECK(rig.network.committed() == 1020); // the budget of 100 pays for 20
    CHECK(rig.stats().retries == 20);
    CHECK(rig.stats().attempts == 1020);
    rig.expect_rest();
}

TEST_CASE("a 503 is sent again only if the platform's API says it", "[engine]") {
    SECTION("not the API's") {
        OneCall call({response(503, "<html>busy</html>", "Content-Type: text/html\r\n"), created()});
        CHECK(describe(call.run()) == "unknown server_error");
        CHECK(call.rig.network.committed() == 1);
    }
    SECTION("the API's") {
        OneCall call({api_error(503), created()});
        CHECK(describe(call.run()) == "created");
        CHECK(call.rig.network.committed() == 2);
    }
}

TEST_CASE("a wait beyond the deadline is not begun: the hint comes back at once", "[engine]") {
    OneCall call({api_error(429, "Retry-After: 60\r\n")});
    auto const& made = call.rig.call("i1");
    call.rig.poll();
    REQUIRE(made.completions == 1);
    CHECK(describe(*made.result) == "rejected rate_limited");
    CHECK(made.result->error().retry_after == 60s);
    CHECK(made.result->error().server_code == 429);
    CHECK(made.result->error().server_message == "scripted");
}

TEST_CASE("what was lost after the whole request is sent again only by a caller who asked for it",
          "[engine]") {
    auto config = mock_config();
    config.retry.retry_unknown = GENERATE(false, true);
    Rig rig(config);
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) {
        connection.commit();
        connection.end();
    };
    auto const& call = rig.call("i1");
    rig.poll();
    rig.advance(30s);
    CHECK(describe(*call.result) == "unknown closed_before_response");
    CHECK(rig.network.committed() == (config.retry.retry_unknown ? 4 : 1));
    CHECK(call.result->attempts() == rig.network.committed());
}

TEST_CASE("a response that says who may have made it taints what comes after", "[engine]") {
    auto config = mock_config();
    config.retry.retry_unknown = true;
    config.retry.max_attempts = 2;
    Rig rig(config);
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [&](MockConnection& connection) {
        play(connection, api_error(rig.network.committed() == 0 ? 500 : 404));
    };
    auto const& call = rig.call("i1");
    rig.poll();
    rig.advance(30s);
    CHECK(describe(*call.result) == "unknown not_found");
    CHECK(call.result->attempts() == 2);
}

// ---- Connections found dead before the commit

namespace {

// How a reused connection shows that it is dead.
enum class Death { seen_by_the_check, failed_write, failed_write_at_once };

// A pool of one connection, which dies as its first call ends; others wait for it.
struct DeadConnection {
    DeadConnection(Death how, std::vector<std::string> const& others, ClientConfig config) : rig(config) {
        rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
        rig.call("ifirst");
        rig.poll();
        for (auto const& id : others)
            rig.call(id);
        rig.poll();
        rig.network.on_exchange = [this, how](MockConnection& connection) {
            order.push_back(connection.sandbox_id());
            if (connection.number() > 0)
                play(connection, created());
            else if (how == Death::failed_write_at_once)
                connection.reset();
        };
        rig.step([this, how] {
            auto& connection = rig.network.get(Stage::exchanging);
            if (how == Death::seen_by_the_check)
                connection.die_unnoticed();
            play(connection, created());
        });
        if (how == Death::failed_write)
            rig.step([this] { rig.network.get(Stage::exchanging).reset(); });
    }
    Rig rig;
    std::vector<std::string> order; // of the exchanges that began
};

ClientConfig one_connection() {
    auto config = mock_config();
    config.max_connections = 1;
    return config;
}

} // namespace

TEST_CASE("a used connection is checked before each request, a fresh one never", "[engine]") {
    Rig rig(one_connection());
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) { play(connection, created()); };
    for (unsigned i = 0; i != 3; ++i) {
        auto const& call = rig.call(numbered(i));
        rig.poll();
        CHECK(describe(*call.result) == "created");
        CHECK(rig.network.stale_checks() == i);
    }
    // Dead, which only the check shows.
    rig.step([&] { rig.network.get(Stage::idle).die_unnoticed(); });
    auto const& call = rig.call("ilast");
    rig.poll();
    CHECK(describe(*call.result) == "created");
    CHECK(rig.network.stale_checks() == 3);
    CHECK(rig.network.dials() == 2);
}

TEST_CASE("a connection that died in the pool costs its next call nothing", "[engine]") {
    DeadConnection dead(GENERATE(Death::seen_by_the_check, Death::failed_write, Death::failed_write_at_once),
                        {"isecond"}, one_connection());
    auto const& call = dead.rig.calls[1];
    REQUIRE(call.completions == 1);
    CHECK(describe(*call.result) == "created");
    CHECK(call.result->attempts() == 1);
    CHECK(call.result->elapsed() == 0s);
    CHECK(dead.rig.network.seen("isecond").committed == 1);
    CHECK(dead.rig.stats().attempts == 2);
    CHECK(dead.rig.stats().retries == 0);
    dead.rig.expect_rest();
}

TEST_CASE("a call whose connection was dead keeps its place in the queue", "[engine]") {
    DeadConnection dead(GENERATE(Death::seen_by_the_check, Death::failed_write, Death::failed_write_at_once),
                        {"isecond", "ithird", "ifourth"}, one_connection());
    for (auto const& call : dead.rig.calls) {
        REQUIRE(call.completions == 1);
        CHECK(describe(*call.result) == "created");
    }
    auto served = dead.order;
    served.erase(std::unique(served.begin(), served.end()), served.end());
    CHECK(served == std::vector<std::string>{"isecond", "ithird", "ifourth"});
    dead.rig.expect_rest();
}

TEST_CASE("a fresh connection that fails before the commit is an attempt, and is tried again", "[engine]") {
    Rig rig;
    rig.network.on_dial = [](MockConnection& connection) { connection.succeed_dial(); };
    rig.network.on_exchange = [](MockConnection& connection) {
        if (connection.number() == 0)
            connection.reset();
        else
            play(connection, created());
    };
    auto const& call = rig.call("i1");
    rig.poll();
    rig.advance(1s);
    REQUIRE(call.completions == 1);
    CHECK(describe(*call.result) == "created");
    CHECK(call.result->attempts() == 2);
    CHECK(rig.network.committed() == 1);
}
