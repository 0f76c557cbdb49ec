#include "simulator/request.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace e2b::sim {
namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr std::size_t max_body = 64 * 1024;
constexpr std::size_t max_chunk_line = 1024;
constexpr std::size_t max_trailers = 8 * 1024;

using State = RequestProgress::State;

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool has_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        auto const comma = std::min(list.find(','), list.size());
        if (iequals(trim(list.substr(0, comma)), token))
            return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

// What a head says about the rest of the message.
struct Framing {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool http_1_0 = false;
    int refused = 0; ///< A status, if it cannot be.
};

void read_field(std::string_view line, Request& request, Framing& framing) {
    auto const colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line[colon - 1] == ' ' || line[colon - 1] == '\t') {
        framing.refused = 400;
        return;
    }
    auto const name = line.substr(0, colon);
    auto const value = trim(line.substr(colon + 1));
    // The length tells most names apart.
    switch (name.size()) {
    case 6:
        if (iequals(name, "expect"))
            request.expects_continue = iequals(value, "100-continue");
        break;
    case 9:
        if (iequals(name, "x-api-key"))
            request.api_key = value;
        break;
    case 10:
        if (iequals(name, "connection"))
            request.close = has_token(value, "close");
        break;
    case 12:
        if (iequals(name, "content-type"))
            request.content_type = value;
        break;
    case 14:
        if (iequals(name, "content-length")) {
            std::uint64_t length = 0;
            auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
            if (error != std::errc() || end != value.data() + value.size() ||
                (framing.length && framing.length != length))
                framing.refused = 400;
            framing.length = length;
        }
        break;
    case 17:
        if (iequals(name, "transfer-encoding")) {
            framing.chunked = iequals(value, "chunked");
            if (!framing.chunked)
                framing.refused = 501;
        }
        break;
    }
}

bool read_request_line(std::string_view line, Request& request, Framing& framing) {
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last <= first + 1)
        return false;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    auto const version = line.substr(last + 1);
    framing.http_1_0 = version == "HTTP/1.0";
    return request.target.front() == '/' && request.target.find(' ') == std::string_view::npos &&
           (framing.http_1_0 || version == "HTTP/1.1");
}

// The head without its last, empty line.
Framing read_head(std::string_view head, Request& request) {
    Framing framing;
    auto end = head.find("\r\n");
    if (!read_request_line(head.substr(0, end), request, framing)) {
        framing.refused = 400;
        return framing;
    }
    request.fields = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
    while (end != std::string_view::npos) {
        head.remove_prefix(end + 2);
        end = head.find("\r\n");
        read_field(head.substr(0, end), request, framing);
    }
    if (framing.http_1_0)
        request.close = true;
    if (framing.chunked && (framing.length || framing.http_1_0))
        framing.refused = 400;
    if (framing.refused == 0 && framing.length.value_or(0) > max_body)
        framing.refused = 413;
    return framing;
}

constexpr RequestProgress refused(int status) noexcept {
    return {State::refused, 0, status};
}

RequestProgress read_trailers(std::string_view input, std::size_t at) {
    std::size_t const start = at;
    while (true) {
        auto const end = input.find("\r\n", at);
        if ((end == std::string_view::npos ? input.size() : end) - start > max_trailers)
            return refused(431);
        if (end == std::string_view::npos)
            return {State::incomplete};
        if (end == at)
            return {State::complete, end + 2};
        at = end + 2;
    }
}

RequestProgress read_chunked(std::string_view input, std::size_t at, std::string& body) {
    body.clear();
    while (true) {
        auto const line_end = input.substr(at, max_chunk_line).find("\r\n");
        if (line_end == std::string_view::npos)
            return input.size() - at >= max_chunk_line ? refused(400) : RequestProgress{State::incomplete};
        auto const line = input.substr(at, line_end);
        std::uint64_t size = 0;
        auto const [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
        auto const rest = trim(line.substr(static_cast<std::size_t>(end - line.data())));
        if (error != std::errc() || (!rest.empty() && rest.front() != ';'))
            return refused(400);
        at += line_end + 2;
        if (size == 0)
            return read_trailers(input, at);
        if (size > max_body - body.size())
            return refused(413);
        if (input.size() - at < size + 2)
            return {State::incomplete};
        if (input.substr(at + size, 2) != "\r\n")
            return refused(400);
        body.append(input.substr(at, size));
        at += size + 2;
    }
}

} // namespace

RequestProgress read_request(std::string_view input, Request& request) {
    request.fields = {};
    request.api_key.reset();
    request.content_type.reset();
    request.body = {};
    request.close = false;
    request.expects_continue = false;
    auto const head_end = input.substr(0, max_head).find("\r\n\r\n");
    if (head_end == std::string_view::npos)
        return input.size() >= max_head ? refused(431) : RequestProgress{State::incomplete};
    Framing const framing = read_head(input.substr(0, head_end), request);
    if (framing.refused != 0)
        return refused(framing.refused);
    std::size_t const body_start = head_end + 4;
    if (framing.chunked) {
        auto const progress = read_chunked(input, body_start, request.assembled);
        request.body = request.assembled;
        return progress;
    }
    auto const length = static_cast<std::size_t>(framing.length.value_or(0));
    if (input.size() - body_start < length)
        return {State::incomplete};
    request.body = input.substr(body_start, length);
    return {State::complete, body_start + length};
}

std::vector<std::pair<std::string, std::string>> header_fields(Request const& request) {
    std::vector<std::pair<std::string, std::string>> fields;
    auto rest = request.fields;
    while (!rest.empty()) {
        auto const end = std::min(rest.find("\r\n"), rest.size());
        auto const line = rest.substr(0, end);
        auto const colon = line.find(':');
        std::string name(line.substr(0, colon));
        std::ranges::transform(name, name.begin(), lower);
        if (name != "x-api-key")
            fields.emplace_back(std::move(name), trim(line.substr(colon + 1)));
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return fields;
}

} // namespace e2b::sim
