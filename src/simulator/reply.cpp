#include "simulator/reply.hpp"

#include <array>
#include <charconv>

namespace e2b::sim {
namespace {

struct StatusText {
    int status;
    std::string_view reason;
    std::string_view message; ///< The API's usual one.
};

constexpr std::array status_texts = {
    StatusText{200, "OK", ""},
    StatusText{201, "Created", ""},
    StatusText{204, "No Content", ""},
    StatusText{400, "Bad Request", "The request is not valid"},
    StatusText{401, "Unauthorized", "The API key is not valid"},
    StatusText{403, "Forbidden", "The team is blocked"},
    StatusText{404, "Not Found", "Not found"},
    StatusText{405, "Method Not Allowed", "Method not allowed"},
    StatusText{408, "Request Timeout", "The request came too slowly"},
    StatusText{409, "Conflict", "The sandbox is in another transition"},
    StatusText{413, "Content Too Large", "The request body is too large"},
    StatusText{415, "Unsupported Media Type", "The content type must be application/json"},
    StatusText{422, "Unprocessable Content", "The request cannot be processed"},
    StatusText{429, "Too Many Requests", "Rate limit exceeded, please try again later"},
    StatusText{431, "Request Header Fields Too Large", "The request's header is too large"},
    StatusText{500, "Internal Server Error", "Internal server error"},
    StatusText{501, "Not Implemented", "Not implemented"},
    StatusText{502, "Bad Gateway", "Bad gateway"},
    StatusText{503, "Service Unavailable", "The sandbox's node is busy, please try again later"},
    StatusText{504, "Gateway Timeout", "Gateway timeout"},
};

StatusText text_of(int status) noexcept {
    for (StatusText const& text : status_texts) {
        if (text.status == status)
            return text;
    }
    return {status, "Error", "Error"};
}

} // namespace

void Reply::clear() noexcept {
    status = 200;
    fields.clear();
    body.clear();
    content_type = {};
}

void Reply::add_field(std::string_view name, std::string_view value) {
    fields.append(name).append(": ").append(value).append("\r\n");
}

void Reply::add_field(std::string_view name, long long value) {
    fields.append(name).append(": ");
    append_number(fields, value);
    fields.append("\r\n");
}

void Reply::set_json(int code) noexcept {
    status = code;
    body.clear();
    content_type = "application/json; charset=utf-8";
}

void Reply::set_error(int code, std::string_view message, std::string_view error_code) {
    set_json(code);
    body.append("{\"code\":");
    append_number(body, code);
    if (!error_code.empty()) {
        body.append(",\"error_code\":");
        append_json_string(body, error_code);
    }
    body.append(",\"message\":");
    append_json_string(body, message.empty() ? text_of(code).message : message);
    body.append("}");
}

void Reply::set_text(int code, std::string_view text) {
    status = code;
    content_type = "text/plain; charset=utf-8";
    body.assign(text);
}

void Reply::set_balancer_error(int code) {
    auto const reason = text_of(code).reason;
    status = code;
    fields.clear();
    content_type = "text/html; charset=UTF-8";
    body.assign("<html><head><title>");
    append_number(body, code);
    body.append(" ").append(reason).append("</title></head>\n<body><h1>Error: ");
    body.append(reason).append("</h1></body></html>\n");
}

void append_response(std::string& out, Reply const& reply, bool close, bool head_only) {
    out.append("HTTP/1.1 ");
    append_number(out, reply.status);
    out.append(" ").append(text_of(reply.status).reason).append("\r\n");
    if (!reply.content_type.empty()) {
        out.append("Content-Type: ").append(reply.content_type).append("\r\nContent-Length: ");
        append_number(out, static_cast<long long>(reply.body.size()));
        out.append("\r\n");
    }
    out.append(reply.fields);
    if (close)
        out.append("Connection: close\r\n");
    out.append("\r\n");
    if (!head_only)
        out.append(reply.body);
}

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out.push_back('"');
    for (char const c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out.append("\\u00");
            out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
            out.push_back(hex[c & 0xf]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_number(std::string& out, long long value) {
    std::array<char, 24> text;
    auto const [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    static_cast<void>(error); // 24 characters hold every number
    out.append(text.data(), end);
}

} // namespace e2b::sim
