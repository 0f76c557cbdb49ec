// What each status means, and whether its connection is used again.
#include "fault/caller.hpp"

#include <string>

using namespace e2b;
using namespace e2b::test;

namespace {

constexpr char const* api_error = R"({"code":418,"message":"of the API"})";

struct Row {
    unsigned status;
    char const* expected;
    std::string body = api_error;
    std::string fields = {};
    bool kept = true;
};

} // namespace

TEST_CASE("each status has its outcome", "[fault][status]") {
    NoDescriptorLeak const no_leak;
    auto const row = GENERATE(values<Row>({
        {200, "created", created_body},
        {200, "unknown unexpected_status complete 200", "<html>no JSON</html>"},
        {202, "unknown unexpected_status complete 202", created_body},
        {303, "unknown unexpected_status complete 303", "", "Location: /elsewhere\r\n"},
        {301, "rejected redirect_refused complete 301", "", "Location: /elsewhere\r\n"},
        {302, "rejected redirect_refused complete 302", "", "Location: /elsewhere\r\n"},
        {307, "rejected redirect_refused complete 307", "", "Location: /elsewhere\r\n"},
        {308, "rejected redirect_refused complete 308", "", "Location: /elsewhere\r\n"},
        {400, "rejected bad_request complete 400"},
        {401, "rejected unauthorized complete 401"},
        {403, "rejected forbidden complete 403"},
        {404, "rejected not_found complete 404"},
        {404, "rejected no_such_endpoint complete 404", "404 page not found"},
        {404, "rejected no_such_endpoint complete 404", R"({"detail":"Not Found"})"},
        {405, "rejected no_such_endpoint complete 405"},
        {501, "rejected no_such_endpoint complete 501", "<html>no JSON</html>"},
        {409, "rejected conflict complete 409"},
        {409, "rejected unsupported complete 409",
         R"({"code":409,"message":"m","error_code":"snapshot_filesystem_only_unsupported_node"})"},
        {400, "rejected unsupported complete 400",
         R"({"code":400,"message":"m","error_code":"snapshot_filesystem_only_disabled"})"},
        {413, "rejected refused complete 413"},
        {415, "rejected refused complete 415"},
        {422, "rejected refused complete 422"},
        {429, "rejected rate_limited complete 429"},
        {408, "unknown server_error complete 408", "", "", false},
        {499, "unknown server_error complete 499"},
        {500, "unknown server_error complete 500"},
        {502, "unknown server_error complete 502", "<html>no JSON</html>"},
        {503, "rejected busy complete 503", R"({"code":503,"message":"busy"})"},
        {503, "unknown server_error complete 503", "<html>no JSON</html>"},
        {503, "unknown server_error complete 503", R"({"code":500,"message":"another code"})"},
        {504, "unknown server_error complete 504", "upstream request timeout"},
        {521, "unknown server_error complete 521"},
        {404, "rejected not_found complete 404", api_error, "Connection: close\r\n", false},
        {201, "created", created_body},
        {201, "created", R"({"snapshotID":"abc:default"})"},
        {201, "created", R"({"snapshotID":"abc:default","names":null,"status":"READY"})"},
        {201, "created", created_body, "Connection: close\r\n", false},
        {201, "unknown malformed complete 201", ""},
        {201, "unknown malformed complete 201", "<html>no JSON</html>"},
        {201, "unknown malformed complete 201", R"({"names":[]})"},
        {201, "unknown malformed complete 201", R"({"snapshotID":7,"names":[]})"},
        {201, "unknown malformed complete 201", R"({"snapshotID":"","names":[]})"},
        {201, "unknown malformed complete 201", R"({"snapshotID":"a","snapshotID":"b","names":[]})"},
    }));
    INFO(row.status << " " << row.body);
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        for (;;) {
            peer.read_request();
            peer.send(response(row.status, row.body, row.fields));
        }
    });
    auto config = config_for(server);
    config.retry.max_attempts = 1;
    Caller caller(std::move(config));
    for (int i = 0; i != 2; ++i) {
        auto const& result = caller.call();
        CHECK(describe(result) == row.expected);
        CHECK(result.attempts() == 1);
    }
    CHECK(server.posts() == 2);
    CHECK(server.connections() == (row.kept ? 1U : 2U));
}

TEST_CASE("what the server says of an error is notified, without our key", "[fault][status]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send(response(401,
                           std::string(R"({"code":401,"error_code":"bad_key","message":"no such key: )") +
                               api_key + "\"}",
                           std::string("X-E2B-Trace-ID: 0af7-") + api_key + "\r\n"));
        peer.stall();
    });
    Caller caller(config_for(server));
    auto const& result = caller.call();
    REQUIRE_FALSE(result);
    CHECK(result.error().server_code == 401);
    CHECK(result.error().server_message.find("no such key") != std::string::npos);
    CHECK(result.error().server_error_code == "bad_key");
    CHECK(result.error().trace_id == "0af7-***");
    CHECK(result.error().to_string().find(api_key) == std::string::npos);
}

TEST_CASE("a status that comes as HTTP/1.0 counts, and its connection is closed", "[fault][status]") {
    NoDescriptorLeak const no_leak;
    struct Old {
        char const* head;
        char const* body;
        char const* expected;
    };
    auto const old =
        GENERATE(Old{"HTTP/1.0 403 Forbidden\r\n", "<html>blocked</html>", "rejected forbidden complete 403"},
                 Old{"HTTP/1.0 201 Created\r\n", created_body, "created"},
                 Old{"HTTP/1.0 502 Bad Gateway\r\n", "", "unknown server_error complete 502"});
    bool const with_length = GENERATE(true, false);
    ByteServer const server(trusted(), [=](Peer& peer) {
        peer.handshake();
        peer.read_request();
        auto const length = "Content-Length: " + std::to_string(std::string_view(old.body).size()) + "\r\n";
        peer.send(old.head + ("Connection: keep-alive\r\n" + (with_length ? length : "")) + "\r\n" +
                  old.body);
        if (with_length)
            return peer.stall();
        peer.end(Ending::close_notify);
    });
    Caller caller(config_for(server), Caller::Clock::manual);
    CHECK(describe(caller.call()) == old.expected);
    CHECK(caller.stats().open == 0);
    CHECK(server.posts() == 1);
}

TEST_CASE("of a response that is not JSON one line is notified", "[fault][status]") {
    NoDescriptorLeak const no_leak;
    ByteServer const server(trusted(), [](Peer& peer) {
        peer.handshake();
        peer.read_request();
        peer.send(response(502, "<html><head><title>502 Bad\nGateway</title></head></html>",
                           "X-Request-ID: r-1\r\n"));
        peer.stall();
    });
    Caller caller(config_for(server));
    auto const& result = caller.call();
    REQUIRE_FALSE(result);
    CHECK(result.error().server_message == "502 Bad Gateway");
    CHECK(result.error().trace_id == "r-1");
    CHECK_FALSE(result.error().server_code);
}
