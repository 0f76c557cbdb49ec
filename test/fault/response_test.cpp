// A response that comes in pieces, is cut, is too large, or is not one.
#include "fault/caller.hpp"

#include <atomic>
#include <string>

using namespace e2b;
using namespace e2b::test;
using namespace std::chrono_literals;

namespace {

constexpr char const* created_in_chunks = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
                                          "10\r\n{\"snapshotID\":\"a\r\n"
                                          "1a;ext=1\r\nbc:default\",\"names\":[\"t\"]}\r\n"
                                          "0\r\nTrailer: x\r\n\r\n";

// The whole script of a server that responds to one request with these bytes, and then ends like that.
ByteServer::Script say(std::string bytes, Ending ending) {
    return [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send(bytes);
        peer.end(ending);
    };
}

} // namespace

TEST_CASE("a response may be split at any byte", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    auto const whole = GENERATE(created(), std::string(created_in_chunks),
                                "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + created());
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        for (std::size_t at = 1;; ++at) {
            peer.read_request();
            peer.send(std::string_view(whole).substr(0, at));
            peer.send(std::string_view(whole).substr(at));
        }
    });
    Caller caller(config_for(server));
    for (std::size_t at = 1; at != whole.size(); ++at)
        REQUIRE(describe(caller.call()) == "created");
    CHECK(server.connections() == 1);
    CHECK(server.posts() == whole.size() - 1);
}

TEST_CASE("a response that is cut leaves the outcome open, at any byte and however it ends",
          "[fault][response]") {
    NoDescriptorLeak const no_leak;
    auto const whole = GENERATE(created(), std::string(created_in_chunks));
    auto const ending = GENERATE(Ending::close_notify, Ending::fin, Ending::rst);
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        if (peer.number() != 0)
            peer.send(std::string_view(whole).substr(0, peer.number()));
        peer.end(ending);
    });
    Caller caller(config_for(server));
    constexpr std::size_t status_known = 12; // "HTTP/1.1 201"
    auto const head = whole.find("\r\n\r\n") + 4;
    for (std::size_t at = 0; at != whole.size(); ++at) {
        INFO("cut at " << at);
        auto const& result = caller.call();
        REQUIRE_FALSE(result);
        auto const& failure = result.error();
        auto const ended = at == 0 ? Errc::closed_before_response : Errc::truncated;
        REQUIRE(result.outcome() == Outcome::unknown);
        REQUIRE(failure.error == (ending == Ending::rst ? Errc::reset : ended));
        // The space after the code says that the code has no further digit.
        REQUIRE(failure.http_status == (at > status_known ? 201U : 0U));
        REQUIRE(failure.phase == (at == 0 ? Phase::first_byte : at < head ? Phase::head : Phase::body));
        REQUIRE(result.attempts() == 1);
    }
    CHECK(server.posts() == whole.size());
    CHECK(caller.stats().open == 0);
}

TEST_CASE("a record that is cut says nothing of what is in it", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    auto const ending = GENERATE(Ending::fin, Ending::rst);
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.cut_output_after(peer.number(), ending);
        peer.send(created());
        peer.stall();
    });
    Caller caller(config_for(server));
    auto const length = created().size() + 22; // the record around it
    for (std::size_t at = 0; at != length; ++at) {
        INFO("cut at " << at);
        auto const& result = caller.call();
        REQUIRE(describe(result) == (ending == Ending::rst ? "unknown reset first_byte"
                                                           : "unknown closed_before_response first_byte"));
        REQUIRE(result.attempts() == 1);
    }
    CHECK(describe(caller.call()) == "created");
}

TEST_CASE("a response that stops or drips ends with the attempt's time", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        std::size_t at;
        char const* expected;
    };
    auto const row = GENERATE(Row{0, "unknown timeout first_byte"}, Row{8, "unknown timeout head"},
                              Row{30, "unknown timeout head 201"}, Row{90, "unknown timeout body 201"});
    constexpr std::size_t drips = 8;
    std::atomic<std::size_t> wanted = 0;
    std::atomic<std::size_t> sent = 0;
    ByteServer const server(trusted(), [&](Peer& peer) {
        peer.handshake();
        peer.read_request();
        auto const whole = created();
        if (row.at != 0)
            peer.send(std::string_view(whole).substr(0, row.at));
        while (row.at != 0 && sent != drips) {
            peer.wait_until([&] { return wanted > sent; });
            peer.send(std::string_view(whole).substr(row.at + sent, 1));
            ++sent;
        }
        peer.stall();
    });
    auto config = config_for(server);
    config.attempt_timeout = 90s;
    Caller caller(std::move(config), Caller::Clock::manual);
    auto& call = caller.start();
    caller.run_until([&] { return server.posts() == 1; });
    for (std::size_t i = 0; i != drips; ++i) {
        caller.advance(10s);
        ++wanted;
        if (row.at != 0)
            caller.run_until([&] { return sent == i + 1; });
        caller.poll();
        REQUIRE_FALSE(call.result);
    }
    caller.advance(10s);
    REQUIRE(call.result);
    // What dripped may have carried it from one phase to the next, but not past its time.
    CHECK(call.result->outcome() == Outcome::unknown);
    CHECK(call.result->error().error == Errc::timeout);
    if (row.at == 0 || row.at == 90)
        CHECK(describe(*call.result) == row.expected);
    CHECK(server.posts() == 1);
}

TEST_CASE("interim responses, up to five of them", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    std::string const interim = "HTTP/1.1 102 Processing\r\n\r\n";
    auto const count = GENERATE(1, 5, 6);
    std::string bytes;
    for (int i = 0; i != count; ++i)
        bytes += interim;
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        for (;;) {
            peer.read_request();
            peer.send(bytes);
            peer.send(created());
        }
    });
    Caller caller(config_for(server));
    auto const& result = caller.call();
    if (count <= 5) {
        CHECK(describe(result) == "created");
        CHECK(describe(caller.call()) == "created");
        CHECK(server.connections() == 1);
    } else {
        CHECK(result.outcome() == Outcome::unknown);
        CHECK(result.error().error == Errc::protocol);
        CHECK(caller.stats().open == 0);
    }
}

TEST_CASE("a response that is not acceptable leaves the outcome open", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        char const* what;
        std::string bytes;
        unsigned status;
    };
    std::string const head = "HTTP/1.1 201 Created\r\n";
    std::string const body = created_body;
    auto const length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    auto const row = GENERATE_COPY(values<Row>({
        {"switches protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 0},
        {"length and chunked", head + length + "Transfer-Encoding: chunked\r\n\r\n" + body, 201},
        {"two lengths", head + length + "Content-Length: 5\r\n\r\n" + body, 201},
        {"the same length twice", head + length + length + "\r\n" + body, 201},
        {"another coding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 201},
        {"a content coding", head + "Content-Encoding: gzip\r\n" + length + "\r\n" + body, 201},
        {"a folded line", head + "X-Folded: a\r\n b\r\n" + length + "\r\n" + body, 201},
        {"a large head", head + "X-Large: " + std::string(33'000, 'x') + "\r\n" + length + "\r\n" + body,
         201},
        {"a bad chunk", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 201},
        {"a large body", head + "Content-Length: 1048577\r\n\r\n", 201},
        {"a large chunk", head + "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", 201},
    }));
    INFO(row.what);
    ByteServer const server(trusted(), say(row.bytes, Ending::stall));
    Caller caller(config_for(server));
    auto const& result = caller.call();
    REQUIRE_FALSE(result);
    CHECK(result.outcome() == Outcome::unknown);
    CHECK(to_string(result.error().error) == to_string(Errc::protocol));
    CHECK(result.error().http_status == row.status);
    CHECK(result.attempts() == 1);
    CHECK(server.posts() == 1);
    CHECK(caller.stats().open == 0);
}

TEST_CASE("a body that ends with the stream is whole only where that was said", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        Ending ending;
        char const* expected;
    };
    auto const row =
        GENERATE(Row{Ending::close_notify, "created"}, Row{Ending::fin, "unknown truncated complete 201"},
                 Row{Ending::rst, "unknown reset body 201"});
    ByteServer const server(trusted(),
                            say(std::string("HTTP/1.1 201 Created\r\n\r\n") + created_body, row.ending));
    Caller caller(config_for(server));
    CHECK(describe(caller.call()) == row.expected);
    CHECK(caller.stats().open == 0);
    CHECK(server.posts() == 1);
}

TEST_CASE("an error whose body is cut proves what its status proves", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    struct Row {
        unsigned status;
        char const* expected;
    };
    auto const row =
        GENERATE(Row{400, "rejected bad_request body 400"}, Row{404, "rejected not_found body 404"},
                 Row{409, "rejected conflict body 409"}, Row{429, "rejected rate_limited body 429"},
                 Row{408, "unknown truncated body 408"}, Row{500, "unknown truncated body 500"},
                 Row{503, "unknown truncated body 503"});
    auto whole = response(row.status, R"({"code":1,"message":"cut"})");
    whole.resize(whole.size() - 3);
    ByteServer const server(trusted(), say(whole, GENERATE(Ending::close_notify, Ending::fin)));
    auto config = config_for(server);
    config.retry.max_attempts = 1;
    Caller caller(std::move(config));
    CHECK(describe(caller.call()) == row.expected);
    CHECK(caller.stats().open == 0);
}

TEST_CASE("bytes after a response spoil the connection, not the response", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    auto const* const extra = GENERATE("\r\n", "x", "HTTP/1.1 408 Request Timeout\r\n\r\n");
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        if (peer.number() != 0) {
            peer.send(created());
            serve_well(peer);
        }
        peer.send(created() + extra);
        peer.stall();
    });
    Caller caller(config_for(server));
    CHECK(describe(caller.call()) == "created");
    CHECK(caller.stats().open == 0);
    CHECK(describe(caller.call()) == "created");
    CHECK(describe(caller.call()) == "created");
    CHECK(server.connections() == 2);
    CHECK(server.posts() == 3);
}

TEST_CASE("a key that the server echoes in a snapshot's id or names is cut out", "[fault][response]") {
    NoDescriptorLeak const no_leak;
    auto const key = std::string(api_key);
    ByteServer const server(trusted(), [&](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send(response(201, R"({"snapshotID":")" + key + R"(:default","names":["team/)" + key + "\"]}"));
        peer.stall();
    });
    Caller caller(config_for(server));
    auto const& result = caller.call();
    REQUIRE(describe(result) == "created");
    CHECK(result->snapshot_id == "***:default");
    CHECK(result->names == std::vector<std::string>{"team/***"});
}
