#include "simulator/request.hpp"
#include "support/catch.hpp"

using namespace e2b::sim;
using State = RequestProgress::State;

namespace {

Request read_whole(std::string const& text) {
    static std::string kept; // the request's views point into it
    kept = text;
    Request request;
    auto const progress = read_request(kept, request);
    REQUIRE(progress.state == State::complete);
    REQUIRE(progress.consumed == kept.size());
    return request;
}

int refusal(std::string const& text) {
    Request request;
    auto const progress = read_request(text, request);
    return progress.state == State::refused ? progress.status : 0;
}

std::string const post = "POST /sandboxes/i1/snapshots HTTP/1.1\r\nHost: a\r\n";

} // namespace

TEST_CASE("a request is read with its length") {
    Request const request = read_whole("POST /sandboxes/i1/snapshots?x=1 HTTP/1.1\r\nHost: a\r\n"
                                       "x-api-key:  e2b_0 \r\nContent-Type: application/json\r\n"
                                       "Content-Length: 2\r\n\r\n{}");
    CHECK(request.method == "POST");
    CHECK(request.target == "/sandboxes/i1/snapshots?x=1");
    CHECK(request.api_key == "e2b_0");
    CHECK(request.content_type == "application/json");
    CHECK(request.body == "{}");
    CHECK_FALSE(request.close);
    CHECK_FALSE(request.expects_continue);
}

TEST_CASE("a request without a body ends with its head") {
    Request const request = read_whole("GET /snapshots HTTP/1.1\r\n\r\n");
    CHECK(request.body.empty());
    CHECK_FALSE(request.api_key);
    CHECK_FALSE(request.content_type);
}

TEST_CASE("a chunked body is put together, extensions and trailers dropped") {
    CHECK(
        read_whole(post + "Transfer-Encoding: Chunked\r\n\r\n2\r\n{\"\r\nA;x=y\r\nname\":\"a\"}\r\n0\r\n\r\n")
            .body == "{\"name\":\"a\"}");
    CHECK(read_whole(post + "Transfer-Encoding: chunked\r\n\r\n02 \r\n{}\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n")
              .body == "{}");
    CHECK(read_whole(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").body.empty());
}

TEST_CASE("cut at any byte, a request is incomplete, and whole once it is all there") {
    for (std::string const& text :
         {post + "Content-Length: 2\r\n\r\n{}",
          post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\nX-A: b\r\n\r\n"}) {
        Request request;
        for (std::size_t size = 0; size < text.size(); ++size) {
            INFO(size);
            CHECK(read_request(text.substr(0, size), request).state == State::incomplete);
        }
        std::string const more = text + "GET / HTTP/1.1\r\n\r\n";
        auto const progress = read_request(more, request);
        CHECK(progress.state == State::complete);
        CHECK(progress.consumed == text.size());
        CHECK(request.body == "{}");
    }
}

TEST_CASE("the connection ends after the request where the client says so") {
    CHECK(read_whole("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").close);
    CHECK(read_whole("GET / HTTP/1.1\r\nConnection: foo , Close\r\n\r\n").close);
    CHECK(read_whole("GET / HTTP/1.0\r\n\r\n").close);
    CHECK_FALSE(read_whole("GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n").close);
    CHECK_FALSE(read_whole("GET / HTTP/1.1\r\nConnection: closed\r\n\r\n").close);
}

TEST_CASE("a client that waits for a go-ahead is noticed before its body is there") {
    std::string const text = post + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    Request request;
    CHECK(read_request(text, request).state == State::incomplete);
    CHECK(request.expects_continue);
}

TEST_CASE("what is no request is refused") {
    CHECK(refusal("hello\r\n\r\n") == 400);
    CHECK(refusal("GET /\r\n\r\n") == 400);
    CHECK(refusal("GET / HTTP/2.0\r\n\r\n") == 400);
    CHECK(refusal("GET / x HTTP/1.1\r\n\r\n") == 400);
    CHECK(refusal("GET http://a/ HTTP/1.1\r\n\r\n") == 400);
    CHECK(refusal(" / HTTP/1.1\r\n\r\n") == 400);
    CHECK(refusal("GET / HTTP/1.1\r\nno colon\r\n\r\n") == 400);
    CHECK(refusal("GET / HTTP/1.1\r\n: empty\r\n\r\n") == 400);
    CHECK(refusal("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400);
    CHECK(refusal(post + "Content-Length: x\r\n\r\n") == 400);
    CHECK(refusal(post + "Content-Length: -1\r\n\r\n") == 400);
    CHECK(refusal(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == 400);
    CHECK(refusal(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    CHECK(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    CHECK(refusal(post + "Transfer-Encoding: gzip\r\n\r\n") == 501);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\nx\r\n") == 400);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n") == 400);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n2x\r\n{}\r\n") == 400);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n") == 400);
}

TEST_CASE("what is too large is refused") {
    CHECK(refusal(post + "Content-Length: 65536\r\n\r\n") == 0);
    CHECK(refusal(post + "Content-Length: 65537\r\n\r\n") == 413);
    CHECK(refusal(post + "Content-Length: 99999999999999999999\r\n\r\n") == 400);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n10001\r\n") == 413);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n") == 413);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1024, 'x')) == 400);
    CHECK(refusal(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(8193, 'x')) == 431);
    CHECK(refusal(post + "X: " + std::string(65536, 'x')) == 431);
}
