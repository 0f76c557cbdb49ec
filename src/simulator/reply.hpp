#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace e2b::sim {

/// What a request is answered with. Kept and cleared rather than made anew, so that its strings' memory is
/// used again.
struct Reply {
    int status = 200;
    std::string fields; ///< Further header fields, each with its CR LF.
    std::string body;
    std::string_view content_type; ///< Empty: no body, as for 204.

    void clear() noexcept;
    void add_field(std::string_view name, std::string_view value);
    void add_field(std::string_view name, long long value);
    /// Turns it into the API's JSON error; fields are kept. An empty message is replaced by the usual one,
    /// and an empty word is left out.
    void set_error(int code, std::string_view message = {}, std::string_view error_code = {});
    /// Turns it into what a web server says for itself.
    void set_text(int code, std::string_view text);
    /// Turns it into what the load balancer says when it answers by itself.
    void set_balancer_error(int code);
    void set_json(int code) noexcept;
};

/// The reply as it travels. `head_only`: the answer to a HEAD request, which has no body.
void append_response(std::string& out, Reply const& reply, bool close, bool head_only);

void append_json_string(std::string& out, std::string_view text);
void append_number(std::string& out, long long value);

} // namespace e2b::sim
