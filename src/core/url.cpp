#include "core/url.hpp"

#include "base/ascii.hpp"
#include "core/host.hpp"

#include <e2b/error.hpp>

#include <algorithm>
#include <optional>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::size_t max_url = 2048;

[[noreturn]] void refuse(std::string const& problem) {
    throw ConfigError("base_url", problem);
}

bool take_scheme(std::string_view& text) {
    auto const end = text.find("://");
    auto const scheme = text.substr(0, end);
    if (end == text.npos || !(iequals(scheme, "https") || iequals(scheme, "http")))
        refuse("must begin with https:// (or http://)");
    text.remove_prefix(end + 3);
    return iequals(scheme, "https");
}

bool is_path_char(char c) {
    return is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@/%").find(c) != std::string_view::npos;
}

void check_path(std::string_view path) {
    for (std::size_t i = 0; i != path.size(); ++i) {
        if (!is_path_char(path[i]))
            refuse("its path has a character that must be percent-encoded");
        if (path[i] == '%' &&
            (path.size() - i < 3 || hex_value(path[i + 1]) < 0 || hex_value(path[i + 2]) < 0))
            refuse("its path has a % that is not followed by two hexadecimal digits");
    }
    for (auto rest = path; !rest.empty();) {
        rest.remove_prefix(1);
        auto const segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..")
            refuse("its path has a . or .. segment");
        rest.remove_prefix(segment.size());
    }
}

std::string host_header(Authority const& authority, bool tls) {
    bool const is_v6 = authority.host.find(':') != std::string::npos;
    std::string header = authority.host;
    if (is_v6)
        header.insert(0, 1, '[').append("]");
    if (authority.port && *authority.port != (tls ? 443 : 80))
        header.append(":").append(std::to_string(*authority.port));
    return header;
}

} // namespace

Url parse_base_url(std::string_view text) {
    if (text.size() > max_url)
        refuse("must be at most 2048 bytes long");
    for (char const c : text) {
        if (!is_printable(c) || c == ' ')
            refuse("has a space, a control byte or a byte that is not ASCII");
    }
    Url url;
    url.tls = take_scheme(text);
    if (text.find_first_of("?#") != text.npos)
        refuse("must have no query and no fragment");
    auto path = text.substr(std::min(text.find('/'), text.size()));
    text.remove_suffix(path.size());
    if (text.find('@') != text.npos)
        refuse("must have no user and no password");

    std::string_view problem;
    auto authority = parse_authority(text, problem);
    if (!authority)
        refuse(std::string(problem));
    while (path.ends_with('/'))
        path.remove_suffix(1);
    check_path(path);

    url.host_header = host_header(*authority, url.tls);
    url.port = authority->port.value_or(url.tls ? 443 : 80);
    url.is_ip_literal = authority->is_ip_literal;
    url.host = std::move(authority->host);
    url.prefix = path;
    return url;
}

bool is_loopback(Url const& url) {
    if (url.is_ip_literal)
        return url.host == "::1" || url.host.starts_with("127.");
    return url.host == "localhost" || url.host.ends_with(".localhost");
}

} // namespace e2b::core
