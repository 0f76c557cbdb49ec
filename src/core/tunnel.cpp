#include "core/tunnel.hpp"

#include "core/secret.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace e2b::core {

namespace {

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const group = bytes.substr(i, 3);
        unsigned long value = 0;
        for (std::size_t k = 0; k != 3; ++k)
            value = value << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        for (std::size_t k = 0; k != 4; ++k)
            text += k <= group.size() ? alphabet[value >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

// One entry of the list: `*`, `host`, `.domain`, `[::1]`, each but the first with an optional `:port`.
bool matches(std::string entry, Url const& url) {
    if (entry == "*")
        return true;
    auto const colon = entry.rfind(':');
    bool const bracketed = entry.starts_with('[');
    bool const has_port =
        colon != std::string::npos && (bracketed ? entry[colon - 1] == ']' : entry.find(':') == colon);
    if (has_port) {
        if (entry.substr(colon + 1) != std::to_string(url.port))
            return false;
        entry.resize(colon);
    }
    if (bracketed && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);
    if (entry.starts_with('.'))
        return url.host.ends_with(entry) || url.host == std::string_view(entry).substr(1);
    return url.host == entry;
}

} // namespace

bool bypasses_proxy(std::string_view no_proxy, Url const& url) {
    while (!no_proxy.empty()) {
        auto const comma = no_proxy.find(',');
        auto const entry = trimmed(no_proxy.substr(0, comma));
        if (!entry.empty() && matches(lowered(entry), url))
            return true;
        no_proxy = comma == std::string_view::npos ? std::string_view() : no_proxy.substr(comma + 1);
    }
    return false;
}

std::string tunnel_request(Url const& url, ProxyUrl const& proxy) {
    bool const is_v6 = url.host.find(':') != std::string::npos;
    auto const authority = (is_v6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
    std::string credentials;
    if (!proxy.user.empty() || !proxy.password.empty()) {
        credentials.reserve(proxy.user.size() + proxy.password.size() + 1);
        credentials.append(proxy.user).append(":").append(proxy.password);
    }
    auto encoded = base64(credentials);
    std::string request;
    request.reserve(2 * authority.size() + encoded.size() + 100);
    request.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority);
    if (!encoded.empty())
        request.append("\r\nProxy-Authorization: Basic ").append(encoded);
    request.append("\r\n\r\n");
    wipe(credentials);
    wipe(encoded);
    return request;
}

TunnelReply::State TunnelReply::feed(std::string_view bytes) {
    head_ += bytes;
    constexpr std::string_view http = "HTTP/1.";
    auto const begun = std::string_view(head_).substr(0, http.size());
    if (begun != http.substr(0, begun.size()))
        return refuse(Errc::proxy_protocol, "the proxy's answer is not HTTP/1");
    auto const end = head_.find("\r\n\r\n");
    if (end == std::string::npos)
        return head_.size() > max_head ? refuse(Errc::proxy_protocol, "the proxy's answer has no end")
                                       : State::need_more;
    // "HTTP/1.x NNN"
    auto const status = std::string_view(head_).substr(0, 12);
    bool const well_formed =
        status.size() == 12 && (status[7] == '0' || status[7] == '1') && status[8] == ' ' &&
        std::ranges::all_of(status.substr(9), [](char c) { return c >= '0' && c <= '9'; });
    if (!well_formed)
        return refuse(Errc::proxy_protocol, "the proxy's status line is not HTTP/1");
    std::string const code(status.substr(9));
    // 401 is for a server's own credentials, but no server has seen this request: some proxies say it of
    // theirs.
    if (code == "407" || code == "401")
        return refuse(Errc::proxy_auth, "the proxy wants (other) credentials: " + code);
    if (code[0] != '2') {
        may_pass_later_ = code == "502" || code == "503" || code == "504";
        return refuse(Errc::proxy_rejected, "the proxy refused the tunnel: " + code);
    }
    // The server behind a tunnel never speaks first, so whatever follows is the proxy's own and not to be
    // trusted.
    if (head_.size() != end + 4)
        return refuse(Errc::proxy_protocol, "the proxy sent bytes after its answer");
    return State::open;
}

TunnelReply::State TunnelReply::refuse(Errc error, std::string detail) {
    error_ = error;
    detail_ = std::move(detail);
    return State::refused;
}

} // namespace e2b::core
