#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace e2b::core {

/// The platform's error body. Its presence tells the API's answers from those of a load balancer in between.
struct ApiError {
    int code = 0;
    /// At most 512 bytes of UTF-8; may contain control characters.
    std::string message;
    /// An open set of words, often empty. At most 512 bytes.
    std::string error_code;
};

/// Reads `{"code": int, "message": string, "error_code"?: string}`; other members are ignored, two of the
/// same key are refused. Wherever `secret` (if not empty) was echoed, `***` stands in its place.
[[nodiscard]] std::optional<ApiError> parse_api_error(std::string_view body, std::string_view secret);

} // namespace e2b::core
