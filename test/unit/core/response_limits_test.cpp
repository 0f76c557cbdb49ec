#include "core/head_scanner.hpp"
#include "support/catch.hpp"
#include "unit/core/response_rig.hpp"

#include <string>

using e2b::Phase;
using namespace e2b::test;

TEST_CASE("At most five interim responses") {
    auto const interims = [](int count) {
        std::string stream;
        for (int i = 0; i != count; ++i)
            stream += "HTTP/1.1 100 Continue\r\n\r\n";
        return stream;
    };
    CHECK(read(interims(5) + created).state == State::complete);
    check_refused(read(interims(6) + created), 0);
}

TEST_CASE("A head has at most 32 KiB") {
    constexpr auto limit = e2b::core::HeadScanner::max_bytes;
    auto const head = [](std::size_t size, std::string const& start) {
        auto stream = start + "Content-Length: 0\r\n";
        while (stream.size() + 1000 < size)
            stream += "X: " + std::string(500, 'x') + "\r\n";
        return stream + "X: " + std::string(size - stream.size() - 7, 'x') + "\r\n\r\n";
    };
    std::string const final_start = "HTTP/1.1 201 x\r\n";
    CHECK(read(head(limit, final_start)).state == State::complete);
    check_refused(read(head(limit + 1, final_start)));
    CHECK(read(head(limit, final_start) + "body").left_over == 4);

    // Interim responses count.
    std::string const interim_start =
        "HTTP/1.1 100 x\r\nX: y\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 201 x\r\n";
    CHECK(read(head(limit, interim_start)).state == State::complete);
    check_refused(read(head(limit + 1, interim_start)));

    // A line without an end is not waited for.
    auto const endless = final_start + "X: " + std::string(limit, 'x');
    CHECK(read(endless.substr(0, limit)).state == State::need_more);
    check_refused(read(endless.substr(0, limit + 1)));
}

TEST_CASE("A head has at most 100 fields") {
    auto const fields = [](int count) {
        std::string text;
        for (int i = 0; i != count; ++i)
            text += "X: y\r\n";
        return text;
    };
    CHECK(read(response(fields(99) + "Content-Length: 0\r\n")).state == State::complete);
    check_refused(read(response(fields(100) + "Content-Length: 0\r\n")));
    std::string const interim = "HTTP/1.1 100 x\r\nX: y\r\n\r\n";
    CHECK(read(interim + response(fields(98) + "Content-Length: 0\r\n")).state == State::complete);
    check_refused(read(interim + response(fields(99) + "Content-Length: 0\r\n")));
}

TEST_CASE("A body has at most 1 MiB, however its end is known") {
    constexpr auto limit = ResponseReader::max_body;
    std::string const body(limit, 'b');
    ResponseReader reader;
    auto const whole_and_cut = [&](std::string const& stream, bool ends) {
        auto const whole = feed(reader, stream, {}, ends);
        CHECK(feed(reader, stream, {10, 1000, 70'000, stream.size() - 1}, ends) == whole);
        return whole;
    };
    auto const check_too_long = [](Verdict const& verdict) {
        check_refused(verdict);
        CHECK(verdict.phase == Phase::body);
        CHECK(verdict.head_complete);
    };
    SECTION("by its length") {
        CHECK(whole_and_cut(response("Content-Length: 1048576\r\n", body), false).body == body);
        check_too_long(read(response("Content-Length: 1048577\r\n")));
        check_too_long(read(response("Content-Length: 18446744073709551615\r\n")));
        check_refused(read(response("Content-Length: 18446744073709551616\r\n")));
    }
    SECTION("by the end of the stream") {
        CHECK(whole_and_cut(response("", body), true).body == body);
        check_too_long(whole_and_cut(response("", body + "b"), true));
    }
    SECTION("by its chunks") {
        auto const last = GENERATE(as<std::string>(), "0\r\n\r\n");
        CHECK(whole_and_cut(response("Transfer-Encoding: chunked\r\n", "100000\r\n" + body + "\r\n" + last),
                            false)
                  .body == body);
        check_too_long(read(response("Transfer-Encoding: chunked\r\n", "100001\r\n")));
        check_too_long(whole_and_cut(
            response("Transfer-Encoding: chunked\r\n", "100000\r\n" + body + "\r\n1\r\nb\r\n" + last),
            false));
    }
}
