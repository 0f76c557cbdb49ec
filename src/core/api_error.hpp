#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// What the body of a response says that is no success.
struct ApiError {
    /// The body has the API's own form: an object with `code`, a number of 32 bits or a string, and
    /// `message`, a string. Whatever stands in between (a load balancer, a web server without such an
    /// endpoint) has another. Not what the API's own router says in that form where it knows no such path or
    /// method.
    bool is_api = false;
    /// `code`, where it is a number.
    std::optional<int> code;
    /// The words for a person; empty where there are none. At most 512 bytes; may contain control characters.
    std::string message;
    /// The word for a program: `error_code`, or `code` where that is a string. Often empty; at most 512
    /// bytes.
    std::string error_code;
};

/// Reads the API's own form, strictly, or else what there is of it and its relatives: `message` without
/// `code`, `error` and `detail` as text or as an object. Of a body that is not JSON, HTML mostly, one short
/// line is kept. Wherever `secret` (if not empty) was echoed, `***` stands in its place.
[[nodiscard]] ApiError parse_api_error(std::string_view body, std::string_view secret);

/// The server says that it cannot take the kind of snapshot that was asked for: not for this team, or not
/// while the sandbox is on its node.
[[nodiscard]] bool is_unsupported(std::string_view error_code) noexcept;

} // namespace e2b::core
