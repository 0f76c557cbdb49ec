// A response reader, fed in every way, and what it says.
#pragma once

#include "core/response_reader.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::test {

using core::ResponseReader;
using State = ResponseReader::State;

// All that a reader says about a stream of bytes.
struct Verdict {
    State state = State::need_more;
    Phase phase{};
    Errc error{};
    std::string detail;
    unsigned status = 0;
    bool any_byte = false;
    bool head_complete = false;
    bool keep_alive = false;
    bool delimited_by_end = false;
    std::string retry_after;
    std::string next_token;
    std::string trace_id;
    std::string body;
    std::size_t left_over = 0;

    friend bool operator==(Verdict const&, Verdict const&) = default;
    friend std::ostream& operator<<(std::ostream& out, Verdict const& verdict) {
        return out << "state " << static_cast<int>(verdict.state) << " in " << to_string(verdict.phase)
                   << ", " << to_string(verdict.error) << ", " << verdict.detail << ", status "
                   << verdict.status << ", left over " << verdict.left_over;
    }
};

inline Verdict verdict_of(ResponseReader const& reader, std::size_t left_over) {
    Verdict verdict;
    verdict.state = reader.state();
    verdict.phase = reader.phase();
    verdict.error = reader.error();
    verdict.detail = reader.error_detail();
    verdict.status = reader.status();
    verdict.any_byte = reader.any_byte();
    verdict.head_complete = reader.head_complete();
    auto const& response = reader.response();
    verdict.keep_alive = response.keep_alive;
    verdict.delimited_by_end = response.delimited_by_end;
    verdict.retry_after = response.retry_after;
    verdict.next_token = response.next_token;
    verdict.trace_id = response.trace_id;
    verdict.body = response.body;
    if (reader.state() == State::complete)
        verdict.left_over = left_over;
    return verdict;
}

// Feeds the pieces between `cuts`, each from memory of its own that is gone afterwards.
inline Verdict feed(ResponseReader& reader, std::string_view stream, std::vector<std::size_t> cuts,
                    bool ends) {
    reader.reset();
    cuts.push_back(stream.size());
    std::size_t at = 0;
    for (auto const cut : cuts) {
        if (reader.state() != State::need_more)
            break;
        std::string piece(stream.substr(at, cut - at));
        std::size_t consumed = 0;
        auto const state = reader.feed(piece, consumed);
        std::fill(piece.begin(), piece.end(), '#');
        CHECK(state == reader.state());
        CHECK(consumed <= piece.size());
        if (state == State::need_more)
            CHECK(consumed == piece.size());
        at += consumed;
    }
    if (ends && reader.state() == State::need_more)
        reader.finish();
    return verdict_of(reader, stream.size() - at);
}

// However the stream is cut, the verdict is the same; every cut is tried where that is affordable.
inline Verdict read(std::string_view stream, bool ends = false) {
    ResponseReader reader;
    auto const whole = feed(reader, stream, {}, ends);
    std::size_t const step = stream.size() < 3000 ? 1 : stream.size() / 97;
    for (std::size_t cut = 0; cut < stream.size(); cut += step) {
        auto const split = feed(reader, stream, {cut}, ends);
        if (!(split == whole)) {
            CAPTURE(cut);
            CHECK(split == whole);
        }
    }
    std::vector<std::size_t> every(stream.size());
    for (std::size_t i = 0; i != every.size(); ++i)
        every[i] = i;
    CHECK(feed(reader, stream, every, ends) == whole);
    return whole;
}

inline Verdict read_ended(std::string_view stream) {
    return read(stream, true);
}

inline std::string response(std::string const& fields, std::string const& body = "",
                            std::string const& status = "201 Created") {
    return std::string("HTTP/1.1 ") + status + "\r\n" + fields + "\r\n" + body;
}

inline std::string const snapshot_body = R"({"snapshotID":"abc:default","names":[]})";
inline std::string const created =
    response("Content-Type: application/json\r\nContent-Length: 39\r\n", snapshot_body);

inline void check_refused(Verdict const& verdict, unsigned status = 201) {
    CHECK(verdict.state == State::failed);
    CHECK(verdict.error == Errc::protocol);
    CHECK_FALSE(verdict.detail.empty());
    CHECK(verdict.status == status);
}

} // namespace e2b::test
