#include "core/chunk_decoder.hpp"
#include "support/catch.hpp"

#include <cstdio>
#include <string>
#include <string_view>

using e2b::core::ChunkDecoder;
using State = ChunkDecoder::State;

namespace {

constexpr std::size_t max_body = 100'000;

struct Run {
    State state = State::need_more;
    std::size_t consumed = 0;
    std::string body;
    std::string_view problem;

    friend bool operator==(Run const&, Run const&) = default;
};

Run run(std::string_view bytes, std::size_t piece) {
    ChunkDecoder decoder;
    decoder.reset(max_body);
    Run result;
    while (result.state == State::need_more && result.consumed != bytes.size()) {
        auto const part = bytes.substr(result.consumed, piece);
        std::size_t consumed = 0;
        result.state = decoder.decode(part, consumed, result.body);
        result.consumed += consumed;
        REQUIRE(consumed != 0);
    }
    result.problem = decoder.problem();
    return result;
}

// However the bytes are cut, the result is the same.
Run decode(std::string_view bytes) {
    auto const whole = run(bytes, bytes.size());
    for (std::size_t const piece : {1u, 2u, 3u, 7u, 255u})
        REQUIRE(run(bytes, piece) == whole);
    return whole;
}

std::string line_of(std::size_t size, std::string const& start) {
    return start + std::string(size - start.size() - 2, 'e') + "\r\n";
}

} // namespace

TEST_CASE("Chunks are joined") {
    auto const result = decode("5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n");
    CHECK(result.state == State::complete);
    CHECK(result.body == "hello, world");
}

TEST_CASE("What follows the last chunk is left alone") {
    auto const result = decode("0\r\n\r\nHTTP/1.1 200 OK");
    CHECK(result.state == State::complete);
    CHECK(result.consumed == 5);
    CHECK(result.body.empty());
}

TEST_CASE("Forms that are allowed") {
    auto const text =
        GENERATE(as<std::string>(), "a\r\n0123456789\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r\n",
                 "0000a\r\n0123456789\r\n000\r\n\r\n", "a;x\r\n0123456789\r\n0;y=\"z\";w\r\n\r\n",
                 "a ; x = y\r\n0123456789\r\n0\t;y\r\n\r\n", "a;\r\n0123456789\r\n0\r\n\r\n",
                 "a\r\n0123456789\r\n0\r\nTrailer: x\r\nContent-Length: 7\r\nEmpty:\r\n\r\n");
    CAPTURE(text);
    auto const result = decode(text);
    CHECK(result.state == State::complete);
    CHECK(result.consumed == text.size());
    CHECK(result.body == "0123456789");
}

TEST_CASE("Forms that are refused") {
    auto const text = GENERATE(
        as<std::string>(), "\r\n", "x\r\n", "-1\r\n", "+1\r\n", "0x5\r\n", ";x\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n", "5\rhello\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5 x\r\n",
        "5x\r\n", "5;\x01\r\n", "5;\"\r\n\"\r\nhel", "5;x\n", "5;x\rx", "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n", "5\r\nhello\rx", "5\r\nhello\r\n\r\n0\r\n\r\n", "0\n\r\n", "0\r\n\n",
        "0\r\n\rx", "0\r\n folded: x\r\n\r\n", "0\r\nA: b\r\n folded\r\n\r\n", "0\r\n: x\r\n\r\n",
        "0\r\nA\r\n\r\n", "0\r\nA b: x\r\n\r\n", "0\r\nA: b\n\r\n", "0\r\nA: b\rx\r\n", "0\r\nA: \x01\r\n",
        "0\r\nA: \x7f\r\n", "186a1\r\n", "ffffffffffffffff\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n");
    CAPTURE(text);
    auto const result = decode(text);
    CHECK(result.state == State::failed);
    CHECK_FALSE(result.problem.empty());
}

TEST_CASE("A body that is cut anywhere needs more") {
    std::string_view const whole = "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for (std::size_t size = 0; size != whole.size(); ++size) {
        CAPTURE(size);
        CHECK(run(whole.substr(0, size), size).state == State::need_more);
    }
    CHECK(run(whole, whole.size()).state == State::complete);
}

TEST_CASE("The line of a chunk has at most 256 bytes") {
    auto const start = GENERATE(as<std::string>(), "5;", "0005;x=");
    CHECK(decode(line_of(256, start) + "hello\r\n" + line_of(256, "0;") + "\r\n").state == State::complete);
    CHECK(decode(line_of(257, start) + "hello\r\n0\r\n\r\n").state == State::failed);
    CHECK(decode("5\r\nhello\r\n" + line_of(257, "0;") + "\r\n").state == State::failed);
    CHECK(decode(std::string(253, '0') + "5\r\nhello\r\n0\r\n\r\n").state == State::complete);
    CHECK(decode(std::string(254, '0') + "5\r\nhello\r\n0\r\n\r\n").state == State::failed);
}

TEST_CASE("Trailers have at most 8 KiB") {
    auto const trailers = [](std::size_t size) {
        return "0\r\nA:" + std::string(size - 6, 't') + "\r\n\r\n";
    };
    CHECK(decode(trailers(8192)).state == State::complete);
    CHECK(decode(trailers(8193)).state == State::failed);
}

TEST_CASE("The body has at most as many bytes as were allowed, over all chunks") {
    auto const chunk = [](std::size_t size) {
        char head[16];
        std::snprintf(head, sizeof head, "%zx\r\n", size);
        return head + std::string(size, 'b') + "\r\n";
    };
    CHECK(decode(chunk(max_body) + "0\r\n\r\n").body.size() == max_body);
    CHECK(decode(chunk(max_body + 1) + "0\r\n\r\n").state == State::failed);
    CHECK(decode(chunk(60'000) + chunk(40'000) + "0\r\n\r\n").body.size() == max_body);
    CHECK(decode(chunk(60'000) + chunk(40'001) + "0\r\n\r\n").state == State::failed);
}

TEST_CASE("A decoder is ready again after a reset") {
    ChunkDecoder decoder;
    std::string body;
    std::size_t consumed = 0;
    decoder.reset(10);
    CHECK(decoder.decode("x", consumed, body) == State::failed);
    decoder.reset(10);
    CHECK(decoder.problem().empty());
    CHECK(decoder.decode("2\r\nab\r\n0\r\n\r\n", consumed, body) == State::complete);
    CHECK(body == "ab");
}
