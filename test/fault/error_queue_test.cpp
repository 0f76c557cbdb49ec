// OpenSSL's queue of errors belongs to the thread, and others leave errors in it.
#include "fault/caller.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;

// Its record does not fit into one read, so that the client has to wait in the middle of it.
TEST_CASE("a long response is read whatever errors others left on the thread", "[fault][error_queue]") {
    NoDescriptorLeak const no_leak;
    Cue cue;
    ByteServer const server(trusted(), [&](Peer& peer) {
        peer.handshake();
        peer.read_request();
        cue.await(peer);
        peer.send(response(201, created_body, "X-Padding: " + std::string(6'000, 'x') + "\r\n"));
        cue.done();
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    cue.give();
    leave_error_of_another();
    CHECK(describe(caller.finish(call)) == "created");
}

TEST_CASE("a handshake is not disturbed by the errors of others", "[fault][error_queue]") {
    NoDescriptorLeak const no_leak;
    auto tls = trusted();
    tls.min_version = tls.max_version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    ByteServer const server(tls, serve_well_over_tls);
    Caller caller(config_for(server), Caller::Clock::manual);
    auto& call = caller.start();
    while (!call.result) {
        leave_error_of_another();
        caller.poll();
    }
    CHECK(describe(*call.result) == "created");
    CHECK(caller.connect_failures().empty());
}

// What it says about certificates it can only mean of one that it asked for.
TEST_CASE("an alert about our certificate counts only where the server asked for one",
          "[fault][error_queue]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.read_some_raw();
        peer.send_raw(std::string_view("\x15\x03\x03\x00\x02\x02\x30", 7)); // unknown_ca
        peer.stall();
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == "not_sent tls_handshake handshake");
    CHECK(caller.connects_failed_with(Errc::tls_handshake));
}
