#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::sim {

/// A request, as far as the simulator cares. The views point into the bytes that it was read from.
struct Request {
    std::string_view method;
    std::string_view target;
    std::string_view fields; ///< The lines of the head after the first.
    std::optional<std::string_view> api_key;
    std::optional<std::string_view> content_type;
    std::string_view body;
    /// The connection is to end after the answer.
    bool close = false;
    /// The client waits for `100 Continue` before it sends the body.
    bool expects_continue = false;

    /// Where a chunked body is put together.
    std::string assembled;
};

/// How far the reading of a request came.
struct RequestProgress {
    enum class State {
        incomplete, ///< More bytes are needed.
        complete,
        refused, ///< Answer with `status` and end the connection.
    };

    State state;
    std::size_t consumed = 0; ///< If complete: how many bytes the request took.
    int status = 0;           ///< If refused.
};

/// Reads one HTTP/1.1 request from the front of `input`, which holds all that came so far.
///
/// It keeps no state: while a request is incomplete, it is read anew from the start. At the limits here
/// (64 KiB of head and of body) that is cheaper than it is to be clever, and requests come in one piece.
[[nodiscard]] RequestProgress read_request(std::string_view input, Request& request);

/// The fields of a request that was read, with names in lower case; without the API key.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> header_fields(Request const& request);

} // namespace e2b::sim
