#pragma once

#include <string_view>

namespace e2b::core {

/// The final response to one request, as views into the buffers of the reader that made it: good until that
/// reader is reset, fed again or destroyed.
struct Response {
    /// 200 to 599; interim responses never show here.
    unsigned status = 0;
    /// What the response itself says: HTTP/1.1, framed by its own head, no `Connection: close`. The owner of
    /// the connection has more to ask before it is used again (bytes left over, 408, age).
    bool keep_alive = false;
    /// The body ends where the stream ends, so that only a clean end of the stream proves that it is whole.
    bool delimited_by_end = false;
    std::string_view retry_after;
    /// When the server says that it responded; only beside a `retry_after`.
    std::string_view date;
    /// `X-Next-Token`: where the next page of a list begins.
    std::string_view next_token;
    /// `X-E2B-Trace-ID`, or else `X-Request-ID`.
    std::string_view trace_id;
    std::string_view body;
};

} // namespace e2b::core
