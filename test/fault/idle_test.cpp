// What happens to a connection between two calls is no business of theirs.
#include "fault/caller.hpp"

#include <functional>
#include <string>
#include <utility>

using namespace e2b;
using namespace e2b::test;

namespace {

constexpr char const* timed_out = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n"
                                  "Connection: close\r\n\r\n";
constexpr char const* unasked = "HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n"
                                R"({"snapshotID":"evil:default","names":[]})";

// Every connection but the first, which the script is about.
void serve_others_well(Peer& peer, bool encrypted = true) {
    if (encrypted)
        peer.handshake();
    if (peer.number() != 0)
        serve_well(peer);
}

struct SimulatorFault {
    char const* what;
    std::function<void(Peer&)> happen;
};

std::vector<SimulatorFault> faults() {
    return {
        {"FIN", [](Peer& peer) { peer.shut_down(); }},
        {"close_notify", [](Peer& peer) { peer.send_close_notify(); }},
        {"close_notify and FIN",
         [](Peer& peer) {
             peer.send_close_notify();
             peer.shut_down();
         }},
        {"reset", [](Peer& peer) { peer.end(Ending::rst); }},
        {"408 and FIN",
         [](Peer& peer) {
             peer.send(timed_out);
             peer.shut_down();
         }},
        {"408", [](Peer& peer) { peer.send(timed_out); }},
        {"a response that nobody asked for", [](Peer& peer) { peer.send(unasked); }},
        {"garbage instead of a record", [](Peer& peer) { peer.send_raw("garbage, and not a little"); }},
    };
}

// Two calls and one connection, which is spoilt right after the first one's response.
void check_next_is_not_disturbed(ClientConfig config, ByteServer const& server, Cue& cue) {
    config.max_connections = 1;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto& first = caller.start();
    auto& second = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    cue.give();
    CHECK(describe(caller.finish(first)) == "created");
    CHECK(describe(caller.finish(second)) == "created");
    CHECK(second.result->value().snapshot_id == "abc:default");
    CHECK(second.result->attempts() == 1);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 2);
}

} // namespace

TEST_CASE("a connection that dies while idle is replaced, and nobody notices", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    auto const fault = GENERATE(from_range(faults()));
    INFO(fault.what);
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        serve_others_well(peer);
        serve_once(peer);
        cue.await(peer);
        fault.happen(peer);
        cue.done();
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().idle == 1);
    cue.give();
    SECTION("seen while it is idle") {
        caller.run_until([&] { return caller.stats().open == 0; });
    }
    SECTION("seen by the stale check at the latest") {}
    auto const& second = caller.call();
    CHECK(describe(second) == "created");
    CHECK(second->snapshot_id == "abc:default");
    CHECK(second.attempts() == 1);
    CHECK(caller.stats().idle_lost == 1);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 2);
}

TEST_CASE("a connection that dies right after its response is not handed to the next in the queue",
          "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    auto const fault = GENERATE(from_range(faults()));
    INFO(fault.what);
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        serve_others_well(peer);
        peer.read_request();
        cue.await(peer);
        peer.send(created());
        fault.happen(peer);
        cue.done();
        peer.stall();
    });
    check_next_is_not_disturbed(config_for(server), server, cue);
}

// The client reads 4096 bytes at a time. A response that ends there leaves what follows it in the socket,
// where it must be found before the next request is sent.
TEST_CASE("a response that nobody asked for is found behind one that fills the buffer", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    bool const encrypted = GENERATE(false, true);
    constexpr std::size_t buffer = 4096;
    auto const overhead = encrypted ? std::size_t{22} : 0; // of the record
    auto const padding = buffer - overhead - response(201, created_body, "X-Padding: \r\n").size();
    auto const whole = response(201, created_body, "X-Padding: " + std::string(padding, 'x') + "\r\n");
    Cue cue;
    auto const script = [&](Peer& peer) {
        serve_others_well(peer, encrypted);
        peer.read_request();
        cue.await(peer);
        peer.send(whole);
        peer.send(unasked);
        cue.done();
        peer.stall();
    };
    auto tls = trusted();
    tls.tickets = 0;
    tls.min_version = TLS1_3_VERSION;
    ByteServer const server(encrypted ? std::optional(tls) : std::nullopt, script);
    check_next_is_not_disturbed(encrypted ? config_for(server) : plain_config_for(server), server, cue);
}

// Its rest would come after the next request, and look like that one's response.
TEST_CASE("the beginning of a record makes a connection unfit for the next request", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    auto const size = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{6}, std::size_t{60});
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        serve_others_well(peer);
        peer.read_request();
        cue.await(peer);
        peer.send(created());
        peer.send_beginning(unasked, size);
        cue.done();
        peer.wait_for_input();
        peer.send_rest();
        peer.stall();
    });
    check_next_is_not_disturbed(config_for(server), server, cue);
}

TEST_CASE("a connection that ends between a response and the next request is replaced", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    bool const encrypted = GENERATE(false, true);
    Cue both_called;
    Cue responded;
    auto const script = [&](Peer& peer) {
        serve_others_well(peer, encrypted);
        peer.read_request();
        both_called.await(peer);
        both_called.done();
        peer.send(created());
        responded.await(peer);
        peer.shut_down();
        responded.done();
        peer.stall();
    };
    ByteServer const server(encrypted ? std::optional(trusted()) : std::nullopt, script);
    auto config = encrypted ? config_for(server) : plain_config_for(server);
    config.max_connections = 1;
    Caller caller(std::move(config), Caller::Clock::manual);
    // In the client's own step, between the one and the other.
    caller.on_attempt([&, ended = 0]() mutable {
        if (++ended == 1)
            responded.give();
    });
    auto& first = caller.start();
    auto& second = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    both_called.give();
    CHECK(describe(caller.finish(first)) == "created");
    CHECK(describe(caller.finish(second)) == "created");
    CHECK(second.result->attempts() == 1);
    CHECK(server.connections() == 2);
}

TEST_CASE("session tickets do not spoil an idle connection", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        peer.handshake();
        serve_once(peer);
        cue.await(peer);
        peer.send_ticket();
        cue.done();
        serve_well(peer);
    });
    Caller caller(config_for(server));
    CHECK(describe(caller.call()) == "created");
    cue.give();
    CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().idle_lost == 0);
    CHECK(server.connections() == 1);
    CHECK(server.posts() == 2);
}

// OpenSSL cannot write in the middle of such a message.
TEST_CASE("half of a session ticket: a request on a fresh connection goes out once the rest has come",
          "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    Cue cancelled;
    Cue half;
    Cue whole;
    auto tls = trusted();
    tls.min_version = TLS1_3_VERSION;
    ByteServer const server(tls, [&](Peer& peer) {
        cancelled.await(peer);
        cancelled.done();
        peer.handshake();
        half.await(peer);
        peer.send_beginning_of_ticket();
        half.done();
        whole.await(peer);
        peer.send_rest();
        whole.done();
        serve_well(peer);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    caller.cancel(caller.start());
    caller.run_until([&] { return server.connections() == 1; });
    cancelled.give();
    caller.run_until([&] { return caller.stats().idle == 1; });
    half.give();
    caller.poll();
    auto& call = caller.start();
    CHECK(caller.stats().leased == 1);
    CHECK(server.posts() == 0);
    whole.give();
    CHECK(describe(caller.finish(call)) == "created");
    CHECK(call.result->attempts() == 1);
    CHECK(server.connections() == 1);
}

TEST_CASE("half of a session ticket makes a used connection unfit for the next request", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    Cue half;
    auto tls = trusted();
    tls.min_version = TLS1_3_VERSION;
    ByteServer const server(tls, [&](Peer& peer) {
        serve_others_well(peer);
        serve_once(peer);
        half.await(peer);
        peer.send_beginning_of_ticket();
        half.done();
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    half.give();
    auto const& second = caller.call();
    CHECK(describe(second) == "created");
    CHECK(second.attempts() == 1);
    CHECK(server.connections() == 2);
}

TEST_CASE("a flood of session tickets ends an idle connection", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        serve_others_well(peer);
        serve_once(peer);
        cue.await(peer);
        cue.done();
        for (;;)
            peer.send_ticket();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    cue.give();
    caller.run_until([&] { return caller.stats().idle_lost == 1; });
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 2);
}

TEST_CASE("a connection that dies while idle in the clear", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    auto const* const bytes = GENERATE("", timed_out, unasked);
    Cue cue;
    ByteServer const server(std::nullopt, [&](Peer& peer) {
        serve_others_well(peer, false);
        serve_once(peer);
        cue.await(peer);
        peer.send(bytes);
        if (*bytes == '\0')
            peer.shut_down();
        cue.done();
        peer.stall();
    });
    Caller caller(plain_config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    cue.give();
    auto const& second = caller.call();
    CHECK(describe(second) == "created");
    CHECK(second.attempts() == 1);
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 2);
}

TEST_CASE("a peer that is silent to our goodbye is not waited for", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        serve_once(peer);
        peer.stall();
        peer.wait_until([] { return false; });
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().idle == 1);
    caller.abort(); // runs only what is ready
    CHECK(caller.stats().open == 0);
}

TEST_CASE("an idle connection is closed when its time is over", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "created");
    caller.advance(std::chrono::seconds(299));
    CHECK(caller.stats().open == 1);
    caller.advance(std::chrono::seconds(1));
    CHECK(caller.stats().open == 0);
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 2);
}

// So that a change of the host's addresses is noticed.
TEST_CASE("a connection is retired after ten minutes, however much it is used", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    Caller caller(config_for(server), Caller::Clock::manual);
    for (int i = 0; i != 3; ++i) {
        CHECK(describe(caller.call()) == "created");
        caller.advance(std::chrono::minutes(4));
    }
    CHECK(server.connections() == 1);
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 4);
}

// Its timer has not fired yet, but its time is over.
TEST_CASE("an idle connection is not used for a call whose deadline is over", "[fault][idle]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), serve_well_over_tls);
    Caller caller(config_for(server));
    CHECK(describe(caller.call()) == "created");
    CallOptions options;
    options.timeout = std::chrono::nanoseconds(1);
    for (int i = 0; i != 20; ++i) {
        auto const& result = caller.call(options);
        REQUIRE(describe(result) == "not_sent deadline pool_wait");
        CHECK(result.attempts() == 0);
    }
    CHECK(caller.stats().idle == 1);
    CHECK(describe(caller.call()) == "created");
    CHECK(server.posts() == 2);
    CHECK(server.connections() == 1);
}
