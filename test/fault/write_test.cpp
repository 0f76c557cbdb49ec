// The commit point: a peer that has not the whole record can decrypt none of it, and so the request was not
// sent; a peer to which the kernel took the whole record may have carried it out.
#include "fault/caller.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

// A server and a client between which only a few kilobytes find room: a large request stays incomplete as
// long as nobody reads it.
constexpr int small_buffer = 1;

enum class Request : bool { small, large };

ClientConfig config(ByteServer const& server, Request request) {
    auto made = config_for(server);
    made.retry.max_attempts = 1;
    if (request == Request::large)
        made.headers.emplace_back("X-Padding", std::string(7'500, 'x'));
    return made;
}

void narrow_handshake(Peer& peer) {
    peer.shrink_client_send_buffer();
    peer.handshake();
}

void never_read(Peer& peer) {
    narrow_handshake(peer);
    peer.stall();
}

// A server whose first connection does this after the handshake, and whose others serve well.
ByteServer narrow_server(ByteServer::Script first) {
    return {trusted(),
            [first](Peer& peer) {
                narrow_handshake(peer);
                if (peer.number() != 0)
                    serve_well(peer);
                first(peer);
            },
            small_buffer};
}

// Reading on would complete the record.
void end_without_reading(Peer& peer, Ending ending) {
    if (ending == Ending::rst)
        return peer.end(ending);
    if (ending == Ending::close_notify)
        peer.send_close_notify();
    if (ending == Ending::fin)
        peer.shut_down();
    peer.stall();
}

} // namespace

TEST_CASE("a peer that never reads: how the call ends depends on the record", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        Request request;
        char const* timeout;
        char const* deadline;
        char const* cancelled;
        char const* closed;
    };
    auto const row = GENERATE(Row{Request::large, "not_sent write_timeout write", "not_sent deadline write",
                                  "not_sent cancelled write", "not_sent client_closed write"},
                              Row{Request::small, "unknown timeout first_byte", "unknown deadline first_byte",
                                  "unknown cancelled first_byte", "unknown client_closed first_byte"});
    ByteServer const server(trusted(), never_read, small_buffer);
    Caller caller(config(server, row.request), Caller::Clock::manual);
    CallOptions options;
    options.timeout = 60s;
    options.attempt_timeout = 60s;
    bool const attempt_ends_first = GENERATE(false, true);
    if (attempt_ends_first)
        options.attempt_timeout = 30s;
    auto& call = caller.start(options);
    caller.run_until([&] { return caller.stats().leased == 1; });
    REQUIRE_FALSE(call.result);
    auto const* expected = row.deadline;

    SECTION("time") {
        expected = attempt_ends_first ? row.timeout : row.deadline;
        caller.advance(attempt_ends_first ? 30s : 60s);
    }
    SECTION("a cancellation") {
        expected = row.cancelled;
        caller.cancel(call);
    }
    SECTION("the client's end") {
        expected = row.closed;
        caller.abort();
    }
    REQUIRE(call.result);
    CHECK(describe(*call.result) == expected);
    CHECK(call.result->attempts() == 1);
    CHECK(server.connections() == 1);
    CHECK(server.posts() == 0);
}

TEST_CASE("a cancellation that must have no effect comes until the record is whole", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const total = boost::asio::cancellation_type::total;
    ByteServer const server(trusted(), never_read, small_buffer);
    SECTION("before") {
        Caller caller(config(server, Request::large), Caller::Clock::manual);
        auto& call = caller.start();
        caller.run_until([&] { return caller.stats().leased == 1; });
        caller.cancel(call, total);
        REQUIRE(call.result);
        CHECK(describe(*call.result) == "not_sent cancelled write");
    }
    SECTION("after") {
        Caller caller(config(server, Request::small), Caller::Clock::manual);
        auto& call = caller.start();
        caller.run_until([&] { return caller.stats().leased == 1; });
        caller.cancel(call, total);
        CHECK_FALSE(call.result);
        caller.cancel(call, boost::asio::cancellation_type::partial);
        REQUIRE(call.result);
        CHECK(describe(*call.result) == "unknown cancelled first_byte");
    }
}

TEST_CASE("a large request arrives through a narrow connection", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const server = narrow_server(serve_well);
    Caller caller(config(server, Request::large));
    for (int i = 0; i != 3; ++i)
        CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 1);
    CHECK(server.posts() == 3);
}

// Where it is cut, nothing of it can be decrypted.
TEST_CASE("head and body of a request are one record", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto tls = trusted();
    tls.max_version = TLS1_2_VERSION; // whose records show what is in them
    ByteServer const server(tls, serve_well_over_tls);
    Caller caller(config(server, GENERATE(Request::small, Request::large)));
    for (int i = 0; i != 3; ++i)
        CHECK(describe(caller.call()) == "created");
    CHECK(server.posts() == 3);
    constexpr char application_data = 23;
    auto const received = server.received();
    int records = 0;
    for (std::size_t at = 0; at + 5 <= received.size();) {
        auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(received[at + i]); };
        records += received[at] == application_data ? 1 : 0;
        at += 5U + byte(3) * 256U + byte(4);
    }
    CHECK(records == 3);
}

TEST_CASE("a fresh connection that dies within the record is tried again as another attempt",
          "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::close_notify, Ending::rst);
    auto const server = narrow_server([=](Peer& peer) { end_without_reading(peer, ending); });
    auto made = config(server, Request::large);
    SECTION("there is none left") {
        Caller caller(std::move(made), Caller::Clock::manual);
        CHECK(describe(caller.call()) == "not_sent write_failed write");
        CHECK(server.posts() == 0);
    }
    SECTION("there is another") {
        made.retry.max_attempts = 2;
        Caller caller(std::move(made), Caller::Clock::manual);
        auto const& result = caller.call();
        CHECK(describe(result) == "created");
        CHECK(result.attempts() == 2);
        CHECK(server.posts() == 1);
    }
}

TEST_CASE("a used connection that dies within the record is replaced at once", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::close_notify, Ending::rst);
    auto const server = narrow_server([=](Peer& peer) {
        serve_once(peer);
        peer.read_some_raw(); // the second request has begun to arrive
        end_without_reading(peer, ending);
    });
    Caller caller(config(server, Request::large), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    auto const& second = caller.call();
    CHECK(describe(second) == "created");
    CHECK(second.attempts() == 1);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 2);
}

// It was said to the idle connection, and crossed the request on its way.
TEST_CASE("a 408 to a used connection within the record is no response to the request", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::stall, Ending::close_notify, Ending::fin, Ending::rst);
    auto const server = narrow_server([=](Peer& peer) {
        serve_once(peer);
        peer.read_some_raw(); // the second request has begun to arrive
        peer.send(response(408, R"({"code":408,"message":"idle for too long"})"));
        end_without_reading(peer, ending);
    });
    Caller caller(config(server, Request::large), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    auto const& second = caller.call();
    CHECK(describe(second) == "created");
    CHECK(second.attempts() == 1);
    CHECK(caller.stats().retries == 0);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 2);
}

TEST_CASE("a response that is cut within the record leaves nothing unknown", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        char const* beginning;
        char const* fresh;
        char const* used;
    };
    auto const row =
        GENERATE(Row{"HTTP/1.1 201 Created\r\nContent-Le", "not_sent write_failed head 201", "created"},
                 Row{"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n{", "not_sent write_failed body 201",
                     "created"},
                 Row{"HTTP/1.1 408 Request Ti", "not_sent write_failed head 408", "created"},
                 Row{"HTTP/1.1 500 Internal\r\nContent-Length: 9\r\n\r\nsor",
                     "not_sent write_failed body 500", "created"},
                 Row{"garbage", "not_sent protocol head", "created"},
                 Row{"HTTP/1.1 404 Not Found\r\nContent-Length: 40\r\n\r\n{", "rejected not_found body 404",
                     "rejected not_found body 404"});
    auto const ending = GENERATE(Ending::close_notify, Ending::fin, Ending::rst);
    bool const used = GENERATE(false, true);
    INFO(row.beginning);
    auto const server = narrow_server([=](Peer& peer) {
        if (used)
            serve_once(peer);
        peer.wait_for_input(); // the request has begun to arrive
        peer.send(row.beginning);
        end_without_reading(peer, ending);
    });
    Caller caller(config(server, Request::large), Caller::Clock::manual);
    if (used)
        CHECK(describe(caller.call()) == "created");
    auto const& result = caller.call();
    CHECK(describe(result) == (used ? row.used : row.fresh));
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == (used ? 1U : 0U) + (result ? 1U : 0U));
}

// It was said to the idle connection, as the request crossed it, and is nobody's.
TEST_CASE("a 201 within the record is no response to the request", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    bool const used = GENERATE(false, true);
    auto const server = narrow_server([=](Peer& peer) {
        if (used)
            serve_once(peer);
        peer.wait_for_input(); // the request has begun to arrive
        peer.send(response(201, R"({"snapshotID":"evil:default","names":[]})"));
        peer.stall();
    });
    Caller caller(config(server, Request::large), Caller::Clock::manual);
    if (used)
        CHECK(describe(caller.call()) == "created");
    auto const& result = caller.call();
    CHECK(result.attempts() == 1);
    if (used) {
        REQUIRE(describe(result) == "created");
        CHECK(result->snapshot_id == "abc:default");
    } else {
        CHECK(describe(result) == "not_sent protocol complete 201");
    }
    CHECK(server.posts() == (used ? 2U : 0U));
}

// A peer that responds before the request is whole does not want the rest of it.
TEST_CASE("a final response before the end of the request counts", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::stall, Ending::rst);
    Cue cue;
    auto const server = narrow_server([&](Peer& peer) {
        cue.await(peer);
        peer.send(response(413, R"({"code":413,"message":"too large"})"));
        if (ending == Ending::rst)
            peer.end(Ending::rst);
        cue.done();
        peer.stall();
    });
    Caller caller(config(server, Request::large), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return caller.stats().leased == 1; });
    // The response and the reset are there before the client looks again.
    cue.give();
    auto const& result = caller.finish(call);
    CHECK(describe(result) == "rejected refused complete 413");
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 1);
}

TEST_CASE("in the clear any byte that was sent may be acted upon", "[fault][write]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(
        std::nullopt,
        [](Peer& peer) {
            peer.shrink_client_send_buffer();
            peer.read_some_raw();
            peer.end(Ending::rst);
        },
        small_buffer);
    auto made = plain_config_for(server);
    made.headers.emplace_back("X-Padding", std::string(7'500, 'x'));
    Caller caller(std::move(made), Caller::Clock::manual);
    auto const& result = caller.call();
    CHECK(describe(result) == "unknown reset first_byte");
    CHECK(result.attempts() == 1);
}
