#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "unit/core/response_rig.hpp"

#include <string>
#include <string_view>

using e2b::Errc;
using e2b::Phase;
using namespace e2b::test;

TEST_CASE("A created snapshot's response") {
    auto const verdict = read(created);
    CHECK(verdict.state == State::complete);
    CHECK(verdict.phase == Phase::complete);
    CHECK(verdict.error == Errc{});
    CHECK(verdict.status == 201);
    CHECK(verdict.head_complete);
    CHECK(verdict.keep_alive);
    CHECK_FALSE(verdict.delimited_by_end);
    CHECK(verdict.retry_after.empty());
    CHECK(verdict.next_token.empty());
    CHECK(verdict.body == snapshot_body);
    CHECK(verdict.left_over == 0);
}

TEST_CASE("The fields that matter are found in any case, the first of several counts") {
    auto const verdict = read(
        response("CONTENT-TYPE:text/plain\r\ncontent-type: other\r\nretry-after:\t 7 \r\nRetry-After: 8\r\n"
                 "x-next-token: t0k/en==\r\nX-Other: x\r\nX-Empty:\r\ncontent-length: 0\r\n",
                 "", "429 Too Many"));
    CHECK(verdict.state == State::complete);
    CHECK(verdict.status == 429);
    CHECK(verdict.retry_after == "7");
    CHECK(verdict.next_token == "t0k/en==");
    CHECK(verdict.keep_alive);
}

TEST_CASE("What the server's logs know the request by") {
    auto const trace_id = [](std::string const& fields) {
        return read(response(fields + "content-length: 0\r\n")).trace_id;
    };
    CHECK(trace_id("").empty());
    CHECK(trace_id("x-e2b-trace-id: 0af7\r\nX-E2B-Trace-ID: other\r\n") == "0af7");
    CHECK(trace_id("X-REQUEST-ID: r-1\r\n") == "r-1");
    CHECK(trace_id("X-Request-ID: r-1\r\nX-E2B-Trace-ID: 0af7\r\n") == "0af7");
}

TEST_CASE("A response in chunks") {
    auto const verdict =
        read(response("Transfer-Encoding: chunked\r\n", "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n"
                                                        "Connection: close\r\nContent-Length: 9\r\n\r\n"));
    CHECK(verdict.state == State::complete);
    CHECK(verdict.body == "hello!");
    CHECK(verdict.keep_alive);
}

TEST_CASE("A response that ends where the stream ends") {
    auto const stream = response("Content-Type: text/html\r\n", "<html>", "502 Bad Gateway");
    auto const open = read(stream);
    CHECK(open.state == State::need_more);
    CHECK(open.phase == Phase::body);
    CHECK(open.delimited_by_end);

    auto const ended = read_ended(stream);
    CHECK(ended.state == State::complete);
    CHECK(ended.delimited_by_end);
    CHECK_FALSE(ended.keep_alive);
    CHECK(ended.body == "<html>");
    CHECK(ended.status == 502);
}

TEST_CASE("Bytes after a response are left alone") {
    struct Case {
        std::string stream;
        std::size_t left_over;
    };
    auto const c = GENERATE(values<Case>({
        {created + "x", 1},
        {created + created, created.size()},
        {response("Content-Length: 0\r\n", "xyz"), 3},
        {response("Transfer-Encoding: chunked\r\n", "0\r\n\r\nxyz"), 3},
        {response("", "xyz", "204 No Content"), 3},
        {response("", "xyz", "304 Not Modified"), 3},
    }));
    auto const verdict = read(c.stream);
    CHECK(verdict.state == State::complete);
    CHECK(verdict.left_over == c.left_over);
}

TEST_CASE("Responses that have no body") {
    auto const status = GENERATE(as<std::string>(), "204 No Content", "304 Not Modified");
    auto const plain = read(response("X: y\r\n", "", status));
    CHECK(plain.state == State::complete);
    CHECK(plain.keep_alive);
    CHECK(plain.body.empty());
    CHECK_FALSE(plain.delimited_by_end);

    // With a length, bytes may follow that nobody asked for.
    auto const fields =
        GENERATE("Content-Length: 5\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n");
    auto const verdict = read(response(fields, "", status));
    CHECK(verdict.state == State::complete);
    CHECK_FALSE(verdict.keep_alive);
}

TEST_CASE("Whether the response lets the connection live") {
    struct Case {
        char const* field;
        bool keep_alive;
    };
    auto const c = GENERATE(values<Case>({
        {"Connection: keep-alive\r\n", true},
        {"Connection: close\r\n", false},
        {"connection: CLOSE\r\n", false},
        {"Connection: keep-alive, close\r\n", false},
        {"Connection: x\r\nConnection: close\r\n", false},
        {"Connection: closed\r\n", true},
        {"X-Connection: close\r\n", true},
    }));
    CAPTURE(c.field);
    auto const verdict = read(response(std::string(c.field) + "Content-Length: 0\r\n"));
    CHECK(verdict.state == State::complete);
    CHECK(verdict.keep_alive == c.keep_alive);
}

TEST_CASE("Interim responses are skipped") {
    auto const interim = GENERATE(as<std::string>(), "HTTP/1.1 100 Continue\r\n\r\n",
                                  "HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: close\r\n\r\n",
                                  "HTTP/1.1 102 \r\n\r\nHTTP/1.1 199 x\r\n\r\n");
    auto const alone = read(interim);
    CHECK(alone.state == State::need_more);
    CHECK(alone.phase == Phase::interim);
    CHECK(alone.status == 0);
    CHECK(alone.any_byte);
    CHECK_FALSE(alone.head_complete);

    auto const cut = read_ended(interim);
    CHECK(cut.state == State::failed);
    CHECK(cut.error == Errc::truncated);
    CHECK(cut.phase == Phase::interim);

    auto const begun = read(interim + "H");
    CHECK(begun.phase == Phase::head);

    auto const verdict = read(interim + created);
    CHECK(verdict.state == State::complete);
    CHECK(verdict.status == 201);
    CHECK(verdict.keep_alive);
    CHECK(verdict.body == snapshot_body);
}

TEST_CASE("An interim response with a length makes the connection untrustworthy") {
    auto const field = GENERATE(as<std::string>(), "Content-Length: 0", "Transfer-Encoding: chunked");
    auto const verdict = read("HTTP/1.1 100 Continue\r\n" + field + "\r\n\r\n" + created);
    CHECK(verdict.state == State::complete);
    CHECK_FALSE(verdict.keep_alive);
}

TEST_CASE("No switch to another protocol") {
    check_refused(read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), 0);
}

TEST_CASE("What is not HTTP/1 is refused at its first wrong byte") {
    auto const good = GENERATE(as<std::string>(), "", "HT", "HTTP/1.", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20",
                               "HTTP/1.1 201", "HTTP/1.0", "HTTP/1.0 403");
    auto const open = read(good);
    CHECK(open.state == State::need_more);
    CHECK(open.phase == (good.empty() ? Phase::first_byte : Phase::head));
    CHECK(open.status == 0);
    check_refused(read(good + "\x15"), 0);
    check_refused(read(good + "\r\n"), 0);
}

TEST_CASE("Beginnings that are refused") {
    auto const stream = GENERATE(
        as<std::string>(), "HTTP/1.2 200 OK\r\n", "HTTP/2 200\r\n", "HTTP/0.9 200 OK\r\n",
        "http/1.1 200 OK\r\n", "HTTP/1.1  200 OK\r\n", "HTTP/1.1\t200 OK\r\n", "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 20 OK\r\n", "HTTP/1.1 -20 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 201\r\n",
        "\r\nHTTP/1.1 200 OK\r\n", " HTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n",
        "<html>", "\x15\x03\x03", "\x16\x03\x01", "POST / HTTP/1.1\r\n", "HTTP/1.1 000 x\r\n",
        "HTTP/1.1 099 x\r\n", "HTTP/1.1 600 x\r\n", "HTTP/1.1 999 x\r\n");
    CAPTURE(stream);
    check_refused(read(stream), 0);
}

TEST_CASE("HTTP/1.0: status and length count, and the connection is not kept") {
    auto const connection =
        GENERATE(as<std::string>(), "", "Connection: keep-alive\r\n", "Connection: close\r\n");
    auto const status = GENERATE(201U, 403U, 503U);
    auto const head = "HTTP/1.0 " + std::to_string(status) + " Text\r\n" + connection;
    auto const with_length = read(head + "Content-Length: 4\r\n\r\nbody");
    CHECK(with_length.state == State::complete);
    CHECK(with_length.status == status);
    CHECK(with_length.body == "body");
    CHECK_FALSE(with_length.keep_alive);
    CHECK_FALSE(with_length.delimited_by_end);
    auto const until_end = read_ended(head + "\r\nbody");
    CHECK(until_end.state == State::complete);
    CHECK(until_end.status == status);
    CHECK(until_end.body == "body");
    CHECK_FALSE(until_end.keep_alive);
    CHECK(until_end.delimited_by_end);
}

TEST_CASE("HTTP/1.0 has neither chunks nor interim responses") {
    check_refused(read("HTTP/1.0 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    check_refused(read("HTTP/1.0 100 Continue\r\n\r\n"), 0);
    CHECK(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 403 No\r\nContent-Length: 0\r\n\r\n").status == 403);
}

TEST_CASE("The range of statuses") {
    for (std::string const status : {"200", "299", "303", "404", "599"}) {
        CAPTURE(status);
        auto const verdict = read(response("Content-Length: 0\r\n", "", status + " "));
        CHECK(verdict.state == State::complete);
        CHECK(std::to_string(verdict.status) == status);
    }
}

TEST_CASE("Reasons are any text or none") {
    for (std::string const reason : {"", " ", "Created", "\xc3\xa4\tb"}) {
        CAPTURE(reason);
        CHECK(read(response("Content-Length: 0\r\n", "", "201 " + reason)).state == State::complete);
    }
    check_refused(read(response("Content-Length: 0\r\n", "",
                                "201 a\x01"
                                "b")));
}

TEST_CASE("Heads that are not well-formed are refused, and the status is known") {
    auto const fields = GENERATE(
        as<std::string>(), "X: a\r\n b\r\n", "X: a\r\n\tb\r\n", "X:\r\n \r\n", " X: a\r\n", "X : a\r\n",
        ": a\r\n", "X\r\n", "X Y: a\r\n", "X\x01: a\r\n", "(X): a\r\n", "\xc3\xa4: a\r\n", "X: a\nY: b\r\n",
        "X: a\n\n", "X: a\rY: b\r\n", "X: a\r\r\n", "X: \x01\r\n", "X: \x7f\r\n", "Connection: (x)\r\n");
    CAPTURE(fields);
    auto const verdict = read(response(fields + "Content-Length: 0\r\n"));
    check_refused(verdict);
    CHECK(verdict.phase == Phase::head);
    CHECK_FALSE(verdict.head_complete);
}

TEST_CASE("A bare line feed is refused before the head's end") {
    check_refused(read("HTTP/1.1 201 Created\n"));
    check_refused(read("HTTP/1.1 201 Created\r\nX: a\n"));
    check_refused(read("HTTP/1.1 201 Created\r\n\n"));
}

TEST_CASE("A NUL in a head is refused") {
    check_refused(read(response(std::string("X: a\0b\r\n", 8) + "Content-Length: 0\r\n")));
}

TEST_CASE("Heads that do not say one length, or a coding, are refused") {
    auto const fields = GENERATE(
        as<std::string>(), "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 5\r\n", "Content-Length: 5,\r\n",
        "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 05\r\n",
        "Content-Length: 00\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5 5\r\n",
        "Content-Length: five\r\n", "Content-Length:\r\n", "Content-Length: 5.0\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding: \x0b"
        "chunked\r\n",
        "Content-Length: 5\r\nContent-Encoding: gzip\r\n", "Content-Length: 5\r\nContent-Encoding:\r\n",
        "Content-Length: 5\r\nContent-Encoding: identity, br\r\n");
    CAPTURE(fields);
    check_refused(read(response(fields, "hello")));
}

TEST_CASE("Codings that are allowed") {
    auto const fields = GENERATE(as<std::string>(), "Transfer-Encoding: Chunked\r\n",
                                 "Transfer-Encoding:\tchunked \r\nContent-Encoding: Identity\r\n");
    CHECK(read(response(fields, "2\r\nab\r\n0\r\n\r\n")).body == "ab");
}

TEST_CASE("A response that is cut anywhere is truncated, and says how far it came") {
    auto const chunked = response("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nA: b\r\n\r\n");
    for (auto const& stream : {created, chunked}) {
        auto const head_size = stream.find("\r\n\r\n") + 4;
        for (std::size_t size = 0; size != stream.size(); ++size) {
            CAPTURE(size);
            ResponseReader reader;
            auto const verdict = feed(reader, std::string_view(stream).substr(0, size), {}, true);
            CHECK(verdict.state == State::failed);
            CHECK(verdict.error == (size == 0 ? Errc::closed_before_response : Errc::truncated));
            CHECK(verdict.any_byte == (size != 0));
            CHECK(verdict.status == (size < 13 ? 0 : 201));
            CHECK(verdict.head_complete == (size >= head_size));
            CHECK(verdict.phase == (size == 0          ? Phase::first_byte
                                    : size < head_size ? Phase::head
                                                       : Phase::body));
        }
    }
}

TEST_CASE("A chunk that is not well-formed is refused, and the status is known") {
    auto const body =
        GENERATE(as<std::string>(), "x\r\n", "5\r\nhello!", "5\nhello\r\n", "0\r\n folded\r\n\r\n");
    auto const verdict = read(response("Transfer-Encoding: chunked\r\n", body));
    check_refused(verdict);
    CHECK(verdict.phase == Phase::body);
}

TEST_CASE("A reader that was reset remembers nothing") {
    ResponseReader reader;
    feed(reader,
         response("Transfer-Encoding: chunked\r\nRetry-After: 7\r\nX-Next-Token: t\r\nContent-Type: c\r\n",
                  "x"),
         {}, false);
    REQUIRE(reader.state() == State::failed);
    reader.reset();
    auto const fresh = verdict_of(reader, 0);
    CHECK(fresh == verdict_of(ResponseReader(), 0));
    CHECK(fresh.phase == Phase::first_byte);

    auto const distrusted = "HTTP/1.1 100 x\r\nContent-Length: 0\r\n\r\n" + response("Content-Length: 0\r\n");
    CHECK_FALSE(feed(reader, distrusted, {}, false).keep_alive);
    auto const next = feed(reader, response("Content-Length: 0\r\n"), {}, false);
    CHECK(next.keep_alive);
    CHECK(next.state == State::complete);
    CHECK(next.retry_after.empty());
    CHECK(next.next_token.empty());
}

TEST_CASE("Ending the stream changes nothing once the verdict stands") {
    ResponseReader reader;
    auto const complete = feed(reader, created, {}, false);
    CHECK(reader.finish() == State::complete);
    CHECK(verdict_of(reader, 0) == complete);

    auto const failed = feed(reader, "garbage", {}, false);
    CHECK(reader.finish() == State::failed);
    CHECK(verdict_of(reader, 0) == failed);
}

TEST_CASE("After the first responses, an ordinary one allocates nothing") {
    ResponseReader reader;
    auto const chunked =
        response("Transfer-Encoding: chunked\r\nContent-Type: application/json; charset=utf-8\r\n",
                 "27\r\n" + snapshot_body + "\r\n0\r\n\r\n");
    auto const run = [&](std::size_t cut) {
        for (auto const& stream : {std::string_view(created), std::string_view(chunked)}) {
            reader.reset();
            std::size_t consumed = 0;
            reader.feed(stream.substr(0, cut), consumed);
            if (reader.state() == State::need_more)
                reader.feed(stream.substr(cut), consumed);
            REQUIRE(reader.state() == State::complete);
        }
    };
    run(20);
    auto const before = e2b::test::allocations();
    run(20);
    run(60);
    run(10'000);
    CHECK(e2b::test::allocations() == before);
}
