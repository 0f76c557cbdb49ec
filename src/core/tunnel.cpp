#include "core/tunnel.hpp"

#include "core/secret.hpp"

#include <algorithm>
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

} // namespace

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
    for (;;) {
        constexpr std::string_view http = "HTTP/1.";
        auto const begun = std::string_view(head_).substr(0, http.size());
        if (begun != http.substr(0, begun.size()))
            return refuse(Errc::proxy_protocol, "the proxy's response is not HTTP/1");
        auto const end = head_.find("\r\n\r\n");
        if (end == std::string::npos)
            return head_.size() > max_head ? refuse(Errc::proxy_protocol, "the proxy's response has no end")
                                           : State::need_more;
        // "HTTP/1.x NNN"
        auto const status = std::string_view(head_).substr(0, 12);
        bool const well_formed =
            status.size() == 12 && (status[7] == '0' || status[7] == '1') && status[8] == ' ' &&
            std::ranges::all_of(status.substr(9), [](char c) { return c >= '0' && c <= '9'; });
        if (!well_formed)
            return refuse(Errc::proxy_protocol, "the proxy's status line is not HTTP/1");
        std::string const code(status.substr(9));
        bool const is_interim = code[0] == '1' && code != "101";
        if (!is_interim)
            return finish(code, head_.size() == end + 4);
        if (++interim_ > max_interim)
            return refuse(Errc::proxy_protocol, "the proxy sent more than five interim responses");
        head_.erase(0, end + 4);
    }
}

TunnelReply::State TunnelReply::finish(std::string const& code, bool ends_here) {
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
    if (!ends_here)
        return refuse(Errc::proxy_protocol, "the proxy sent bytes after its response");
    return State::open;
}

TunnelReply::State TunnelReply::refuse(Errc error, std::string detail) {
    error_ = error;
    detail_ = std::move(detail);
    return State::refused;
}

} // namespace e2b::core
