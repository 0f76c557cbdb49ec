#pragma once

#include "core/chunk_decoder.hpp"
#include "core/head_scanner.hpp"
#include "core/response.hpp"

#include <e2b/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::core {

/// Reads the response to one request out of a stream of bytes, interim responses included, and refuses what
/// is not strict HTTP/1.1 (or 1.0) or is over a limit. However the bytes are cut into pieces, the verdict is
/// the same.
///
/// One reader serves a connection for its whole life: `reset` keeps the buffers, so that an ordinary response
/// allocates nothing.
class ResponseReader {
public:
    enum class State { need_more, complete, failed };

    static constexpr unsigned max_interim = 5;
    /// After the chunked coding is taken off.
    static constexpr std::size_t max_body = 1024 * 1024;

    ResponseReader() = default;
    /// `response()` has views into the reader itself.
    ResponseReader(ResponseReader const&) = delete;
    ResponseReader& operator=(ResponseReader const&) = delete;

    /// Ready for the next response.
    void reset();

    /// Reads `bytes` and says in `consumed` how many of them belong to this response. With `need_more` that
    /// is all of them; after `complete`, what is left is the response to no request, and the connection is
    /// not to be trusted any more. After `failed`, `consumed` means nothing. Precondition: the state is
    /// `need_more`.
    State feed(std::string_view bytes, std::size_t& consumed);

    /// The peer ended the stream. Completes a response that is delimited by that end, and fails any other.
    /// Whether the end was a clean one is for the caller to know.
    State finish();

    [[nodiscard]] State state() const noexcept { return state_; }

    /// Valid from the end of the final response's head on; its body is there from `complete` on.
    [[nodiscard]] Response const& response() const noexcept { return response_; }
    /// The final response's head was read whole and accepted.
    [[nodiscard]] bool head_complete() const noexcept { return head_complete_; }
    /// The final response's status from the end of its status code on, even if the head is then cut or
    /// refused; 0 before.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    /// Anything was received since `reset`.
    [[nodiscard]] bool any_byte() const noexcept { return any_byte_; }

    /// After `failed`: `protocol`, `truncated`, or `closed_before_response` where the stream ended without a
    /// byte.
    [[nodiscard]] Errc error() const noexcept { return error_; }
    /// After `failed`: what was wrong, in words, with nothing of the server's in them.
    [[nodiscard]] std::string_view error_detail() const noexcept { return detail_; }

    /// `first_byte`, `interim`, `head`, `body` or `complete`: what was being waited for or read last.
    [[nodiscard]] Phase phase() const noexcept { return phase_; }

private:
    /// How the end of the body is known.
    enum class Framing : unsigned char { none, length, chunked, end };

    std::size_t feed_head(std::string_view bytes);
    void end_of_head(std::string_view head);
    void end_of_interim(bool has_length);
    void begin_body(std::size_t length);
    std::size_t feed_body(std::string_view bytes);
    std::size_t feed_chunked(std::string_view bytes);
    void complete();
    void fail(Errc error, std::string_view detail);

    State state_ = State::need_more;
    Phase phase_ = Phase::first_byte;
    Framing framing_ = Framing::none;
    bool any_byte_ = false;
    bool head_complete_ = false;
    unsigned status_ = 0;
    unsigned interim_ = 0;
    bool interim_had_length_ = false;
    Errc error_{};
    std::string_view detail_;
    Response response_;
    HeadScanner scanner_;
    ChunkDecoder chunks_;
    std::size_t body_left_ = 0; ///< bytes to come, or room under the limit where the length is not known
    std::string head_;          ///< the part of a head that came before the rest
    std::string retry_after_;
    std::string date_;
    std::string next_token_;
    std::string trace_id_;
    std::string body_;
};

} // namespace e2b::core
