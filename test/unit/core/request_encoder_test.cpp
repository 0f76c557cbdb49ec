#include "core/check.hpp"
#include "core/request_encoder.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <string>

using namespace e2b;
using core::RequestEncoder;

namespace {

ClientConfig config_for(std::string const& url = "https://api.e2b.app") {
    ClientConfig config;
    config.base_url = url;
    config.api_key = ApiKey("e2b_key");
    config.user_agent = "test/1";
    return config;
}

std::string create(ClientConfig const& config, SnapshotRequest const& request,
                   RequestEncoder::Headers const& headers = {}) {
    std::string out = "what was there before";
    RequestEncoder(config).create_snapshot(request, headers, out);
    return out;
}

} // namespace

TEST_CASE("The request for a snapshot without a name") {
    CHECK(create(config_for(), "i0123456789abcdefghij") ==
          "POST /sandboxes/i0123456789abcdefghij/snapshots HTTP/1.1\r\n"
          "Host: api.e2b.app\r\n"
          "User-Agent: test/1\r\n"
          "X-API-Key: e2b_key\r\n"
          "Accept: application/json\r\n"
          "Content-Type: application/json\r\n"
          "Content-Length: 2\r\n"
          "\r\n"
          "{}");
}

TEST_CASE("The request for a snapshot with a name, below a prefix, with the user's headers") {
    auto config = config_for("http://[::1]:3000/v1/");
    config.headers = {{"X-Trace", "a b"}, {"X-Empty", ""}};
    CHECK(create(config, SnapshotRequest("i1", "team/a:v1.2")) ==
          "POST /v1/sandboxes/i1/snapshots HTTP/1.1\r\n"
          "Host: [::1]:3000\r\n"
          "User-Agent: test/1\r\n"
          "X-API-Key: e2b_key\r\n"
          "Accept: application/json\r\n"
          "X-Trace: a b\r\n"
          "X-Empty: \r\n"
          "Content-Type: application/json\r\n"
          "Content-Length: 22\r\n"
          "\r\n"
          R"({"name":"team/a:v1.2"})");
}

TEST_CASE("A name reaches the body only as a JSON string") {
    auto const request = create(config_for(), SnapshotRequest("i1", "a\",\"x\":\"\n\\"));
    CHECK(request.ends_with("\r\nContent-Length: 27\r\n\r\n"
                            R"({"name":"a\",\"x\":\"\n\\"})"));

    auto const escaped = create(config_for(), SnapshotRequest("i1", std::string(255, '\x01')));
    CHECK(escaped.ends_with(R"(\u0001\u0001"})"));
    CHECK(escaped.find("\r\nContent-Length: " + std::to_string(255 * 6 + 11) + "\r\n") != escaped.npos);
}

TEST_CASE("The request for a snapshot of the filesystem alone") {
    SnapshotRequest request("i1");
    request.memory = SnapshotKind::filesystem;
    CHECK(create(config_for(), request).ends_with("\r\nContent-Length: 16\r\n\r\n{\"memory\":false}"));
    request.name = "a:v1";
    CHECK(create(config_for(), request)
              .ends_with("\r\nContent-Length: 30\r\n\r\n{\"name\":\"a:v1\",\"memory\":false}"));
}

TEST_CASE("A request's own headers come after the configuration's, and replace those of their names") {
    auto config = config_for();
    auto const start = "POST /sandboxes/i1/snapshots HTTP/1.1\r\nHost: api.e2b.app\r\nUser-Agent: test/1\r\n"
                       "X-API-Key: e2b_key\r\nAccept: application/json\r\n" +
                       std::string();
    auto const end = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" + std::string();
    CHECK(create(config, "i1", {{"X-B", "2"}}) == start + "X-B: 2\r\n" + end);
    config.headers = {{"X-A", "1"}, {"X-B", "1"}, {"X-C", "1"}};
    CHECK(create(config, "i1") == start + "X-A: 1\r\nX-B: 1\r\nX-C: 1\r\n" + end);
    CHECK(create(config, "i1", {{"x-b", "2"}, {"X-D", ""}}) ==
          start + "X-A: 1\r\nX-C: 1\r\nx-b: 2\r\nX-D: \r\n" + end);
    std::string out;
    RequestEncoder(config).encode("GET", "/x", "", {{"X-A", "2"}, {"X-B", "2"}, {"X-C", "2"}}, out);
    CHECK(out.ends_with("Accept: application/json\r\nX-A: 2\r\nX-B: 2\r\nX-C: 2\r\n\r\n"));
}

TEST_CASE("Other requests") {
    RequestEncoder const encoder(config_for("https://h/p"));
    std::string const common = " HTTP/1.1\r\nHost: h\r\nUser-Agent: test/1\r\nX-API-Key: e2b_key\r\n"
                               "Accept: application/json\r\n";
    std::string out;
    encoder.encode("GET", "/snapshots?limit=1", "", {}, out);
    CHECK(out == "GET /p/snapshots?limit=1" + common + "\r\n");
    encoder.encode("DELETE", "/templates/a%2Fb", "", {}, out);
    CHECK(out == "DELETE /p/templates/a%2Fb" + common + "\r\n");
    encoder.encode("POST", "/x", "", {}, out);
    CHECK(out == "POST /p/x" + common + "Content-Length: 0\r\n\r\n");
    encoder.encode("POST", "/x", "{\"a\":1}", {}, out);
    CHECK(out ==
          "POST /p/x" + common + "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_CASE("The default user agent says what this is") {
    auto config = config_for();
    config.user_agent.clear();
    CHECK(create(config, "i1").find("\r\nUser-Agent: e2b-snapshot-cpp/") != std::string::npos);
}

TEST_CASE("A buffer that has grown once is enough") {
    RequestEncoder const encoder(config_for());
    SnapshotRequest const request("i0123456789abcdefghij",
                                  "team/name:tag-that-is-longer-than-a-short-string");
    std::string out;
    encoder.create_snapshot(request, {}, out);
    auto const before = e2b::test::allocations();
    encoder.create_snapshot(request, {}, out);
    CHECK(e2b::test::allocations() == before);
}

TEST_CASE("The largest request that a valid configuration allows fits into one TLS record") {
    auto config = config_for("https://" + std::string(63, 'a') + ":65535/");
    config.base_url += std::string(2048 - config.base_url.size(), 'p');
    config.api_key = ApiKey(std::string(512, 'k'));
    config.user_agent = std::string(512, 'u');
    config.headers = {{"X-Large", std::string(8192 - 7 - 4, 'v')}};
    REQUIRE_NOTHROW(config.validate());
    CallOptions options;
    options.headers = {{"X-Large-Too", std::string(3072 - 11 - 4, 'v')}};
    REQUIRE_FALSE(core::check(options));
    SnapshotRequest snapshot(std::string(128, 's'), std::string(255, 'n'));
    snapshot.memory = SnapshotKind::filesystem;
    auto const request = create(config, snapshot, options.headers);
    CHECK(request.size() > 3072 + 8192 + 2048 + 512 + 512);
    CHECK(request.size() <= 16384);
}
