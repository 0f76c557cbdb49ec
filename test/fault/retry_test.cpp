// What is sent again, and when.
#include "fault/caller.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr char const* busy = R"({"code":503,"message":"busy"})";
constexpr char const* limited = R"({"code":429,"message":"slow down"})";

// Responses so many requests with `first`, whatever the connection, and then with 201.
ByteServer::Script respond_first(std::string first, unsigned count) {
    auto const left = std::make_shared<std::atomic<unsigned>>(count);
    return [=](Peer& peer) {
        peer.handshake();
        for (;;) {
            peer.read_request();
            bool const again = left->load() != 0 && left->fetch_sub(1) != 0;
            peer.send(again ? first : created());
        }
    };
}

} // namespace

TEST_CASE("a response that proves that nothing was done is followed by another attempt", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    auto const first = GENERATE(response(429, limited), response(503, busy), response(429, "no JSON"));
    ByteServer const server(trusted(), respond_first(first, 3));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "created");
    CHECK(result.attempts() == 4);
    CHECK(server.posts() == 4);
    CHECK(server.connections() == 1);
}

TEST_CASE("the attempts are limited", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), respond_first(response(503, busy), 100));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "rejected busy complete 503");
    CHECK(result.attempts() == 4);
    CHECK(server.posts() == 4);
}

TEST_CASE("a response that proves nothing is not followed by another attempt", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    auto const first = GENERATE(
        response(500, R"({"code":500,"message":"internal"})"), response(502, "<html>bad gateway</html>"),
        response(503, "<html>unavailable</html>", "Retry-After: 1\r\n"),
        response(503, R"({"code":500,"message":"another code"})"), response(504, "upstream request timeout"),
        response(408, ""), response(499, ""), response(521, ""), response(200, "no JSON"),
        response(202, created_body), response(303, "", "Location: /elsewhere\r\n"), response(201, "no JSON"),
        response(201, ""));
    INFO(first);
    ByteServer const server(trusted(), respond_first(first, 100));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(result.outcome() == Outcome::unknown);
    CHECK(result.attempts() == 1);
    CHECK(caller.stats().retries == 0);
    caller.advance(600s);
    CHECK(server.posts() == 1);
}

TEST_CASE("a refusal is not followed by another attempt", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    auto const status =
        GENERATE(301U, 302U, 307U, 308U, 400U, 401U, 403U, 404U, 405U, 409U, 413U, 422U, 501U);
    INFO(status);
    ByteServer const server(
        trusted(), respond_first(response(status, "{}", "Location: /elsewhere\r\nRetry-After: 1\r\n"), 100));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(result.outcome() == Outcome::rejected);
    CHECK(result.attempts() == 1);
    caller.advance(600s);
    CHECK(server.posts() == 1);
}

// A healthy connection at hand is a temptation.
TEST_CASE("what may have been done is not sent again over another connection", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::close_notify, Ending::fin, Ending::rst);
    std::atomic<unsigned> first_round = 0;
    ByteServer const server(trusted(), [&](Peer& peer) {
        peer.handshake();
        peer.read_request();
        ++first_round;
        peer.wait_until([&] { return first_round == 2; });
        peer.send(created());
        peer.read_request();
        peer.end(ending);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& one = caller.start();
    auto& other = caller.start();
    CHECK(describe(caller.finish(one)) == "created");
    CHECK(describe(caller.finish(other)) == "created");
    REQUIRE(caller.stats().idle == 2);
    auto const& result = caller.call();
    CHECK(result.outcome() == Outcome::unknown);
    CHECK(result.attempts() == 1);
    CHECK(caller.stats().idle == 1);
    caller.advance(10s);
    CHECK(server.posts() == 3);
    CHECK(server.connections() == 2);
}

TEST_CASE("the server's Retry-After is waited for, and reported where there is no time", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), respond_first(response(429, limited, "Retry-After: 7\r\n"), 1));
    Caller caller(config_for(server), Caller::Clock::manual);
    SECTION("there is time") {
        auto& call = caller.start();
        caller.run_until([&] { return caller.stats().retries == 1; });
        caller.advance(6999ms);
        CHECK(caller.stats().leased == 0);
        CHECK(server.posts() == 1);
        caller.advance(2s);
        CHECK(describe(caller.finish(call)) == "created");
        CHECK(server.posts() == 2);
    }
    SECTION("there is none") {
        CallOptions options;
        options.timeout = 5s;
        auto const& result = caller.call(options);
        CHECK(describe(result) == "rejected rate_limited complete 429");
        CHECK(result.error().retry_after == 7s);
        CHECK(server.posts() == 1);
    }
}

TEST_CASE("Retry-After may be a date, and what cannot be read counts for nothing", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        char const* field;
        std::optional<std::chrono::seconds> hint;
    };
    auto const row =
        GENERATE(Row{"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 2'147'483'647s},
                 Row{"Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 0s},
                 Row{"Retry-After: -1\r\n", std::nullopt}, Row{"Retry-After: soon\r\n", std::nullopt});
    ByteServer const server(trusted(), respond_first(response(429, limited, row.field), 100));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "rejected rate_limited complete 429");
    CHECK(result.error().retry_after == row.hint);
    CHECK(server.posts() == (row.hint > 1s ? 1U : 4U));
}

// The test's clock says June 2026.
TEST_CASE("a date to wait for counts from when the server says that it answered", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    auto const dates =
        GENERATE("Date: Thu, 15 Oct 1998 12:00:00 GMT\r\nRetry-After: Thu, 15 Oct 1998 12:02:00 GMT\r\n",
                 "retry-after: Thu, 15 Oct 2037 12:02:00 GMT\r\ndate: Thu, 15 Oct 2037 12:00:00 GMT\r\n");
    ByteServer const server(trusted(), respond_first(response(429, limited, dates), 100));
    auto config = config_for(server);
    config.timeout = 60s;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "rejected rate_limited complete 429");
    CHECK(result.error().retry_after == 120s);
}

TEST_CASE("what may have been done is sent again only by opting in", "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    bool const opted_in = GENERATE(false, true);
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        peer.read_request();
        if (peer.number() == 0)
            return peer.end(Ending::fin);
        peer.send(created());
        peer.stall();
    });
    auto config = config_for(server);
    config.retry.retry_unknown = opted_in;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(result.outcome() == (opted_in ? Outcome::created : Outcome::unknown));
    CHECK(server.posts() == (opted_in ? 2U : 1U));
}

TEST_CASE("whatever ends the wait for the next attempt, the last one's outcome is notified",
          "[fault][retry]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), respond_first(response(429, limited, "Retry-After: 60\r\n"), 1));
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return caller.stats().retries == 1; });
    SECTION("a cancellation") {
        caller.cancel(call);
    }
    SECTION("a cancellation that must have no effect") {
        caller.cancel(call, boost::asio::cancellation_type::total);
    }
    SECTION("the client's end") {
        caller.abort();
    }
    REQUIRE(call.result);
    CHECK(call.result->outcome() == Outcome::rejected);
    CHECK(call.result->error().http_status == 429);
    CHECK(server.posts() == 1);
}
