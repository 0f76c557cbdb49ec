// Any bytes whatever, read as the response to a request: the verdict does not depend on how they are cut, and
// what is accepted is within the limits.
#include "core/response_reader.hpp"
#include "fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

using e2b::Errc;
using e2b::core::ResponseReader;
using e2b::test::require;
using State = ResponseReader::State;

namespace {

auto summary(ResponseReader const& reader, std::size_t consumed) {
    auto const& response = reader.response();
    // What was consumed says nothing after a failure.
    return std::tuple(reader.state(), reader.phase(), reader.error(), reader.error_detail(), reader.status(),
                      reader.any_byte(), reader.head_complete(), response.keep_alive,
                      response.delimited_by_end, std::string(response.retry_after),
                      std::string(response.next_token), std::string(response.body),
                      reader.state() == State::failed ? 0 : consumed);
}

auto read(std::string_view stream, std::size_t piece) {
    ResponseReader reader;
    std::size_t at = 0;
    while (reader.state() == State::need_more && at != stream.size()) {
        // A copy of its own, so that AddressSanitizer sees a view that outlives it.
        std::string const part(stream.substr(at, piece));
        std::size_t consumed = 0;
        reader.feed(part, consumed);
        require(consumed <= part.size());
        require(consumed == part.size() || reader.state() != State::need_more);
        at += consumed;
    }
    auto const verdict = summary(reader, at);
    if (reader.state() == State::need_more)
        reader.finish();
    return std::pair(verdict, summary(reader, at));
}

void check_limits(std::string_view stream) {
    ResponseReader reader;
    std::size_t consumed = 0;
    reader.feed(stream, consumed);
    require(reader.status() == 0 || (reader.status() >= 200 && reader.status() <= 599));
    if (reader.state() == State::failed)
        require(reader.error() == Errc::protocol && !reader.error_detail().empty());
    if (reader.state() != State::complete)
        return;
    require(reader.head_complete());
    require(reader.response().status == reader.status());
    require(reader.response().body.size() <= ResponseReader::max_body);
    require(reader.response().body.size() <= consumed);
    require(!reader.response().delimited_by_end);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string_view const stream(reinterpret_cast<char const*>(data) + 1, size - 1);
    std::size_t const piece = std::max<std::size_t>(data[0], 2);
    check_limits(stream);
    auto const whole = read(stream, stream.size());
    require(read(stream, 1) == whole);
    require(read(stream, piece) == whole);
    return 0;
}
