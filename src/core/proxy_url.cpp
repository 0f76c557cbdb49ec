#include "core/proxy_url.hpp"

#include "base/ascii.hpp"
#include "core/host.hpp"
#include "core/secret.hpp"

#include <e2b/error.hpp>

#include <algorithm>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::size_t max_url = 2048;

[[noreturn]] void refuse(std::string const& problem) {
    throw ConfigError("proxy.url", problem);
}

std::string percent_decode(std::string_view text) {
    std::string result;
    result.reserve(text.size()); // so that no part of a password is left behind as it grows
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        int const high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        int const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            refuse("its user or password has a % that is not followed by two hexadecimal digits");
        char const byte = static_cast<char>(high * 16 + low);
        if (static_cast<unsigned char>(byte) < ' ' || byte == 0x7f)
            refuse("its user or password has a control byte");
        result += byte;
        i += 2;
    }
    return result;
}

} // namespace

ProxyUrl::~ProxyUrl() {
    wipe(user);
    wipe(password);
}

ProxyUrl parse_proxy_url(std::string_view text) {
    constexpr std::string_view scheme = "http://";
    if (text.size() > max_url)
        refuse("must be at most 2048 bytes long");
    for (char const c : text) {
        if (!is_printable(c) || c == ' ')
            refuse("has a space, a control byte or a byte that is not ASCII");
    }
    if (iequals(text.substr(0, scheme.size()), scheme))
        text.remove_prefix(scheme.size());
    else if (text.find("://") != text.npos)
        refuse("must begin with http://, or be host:port: other ways to speak to a proxy are not known");
    if (text.ends_with('/'))
        text.remove_suffix(1);
    if (text.find_first_of("/?#") != text.npos)
        refuse("must have no path, query or fragment");

    ProxyUrl url;
    if (auto const at = text.rfind('@'); at != text.npos) {
        auto const user_info = text.substr(0, at);
        auto const colon = std::min(user_info.find(':'), user_info.size());
        url.user = percent_decode(user_info.substr(0, colon));
        url.password = percent_decode(user_info.substr(std::min(colon + 1, user_info.size())));
        if (url.user.empty() || url.user.find(':') != url.user.npos)
            refuse("its user must not be empty and must have no colon");
        text.remove_prefix(at + 1);
    }
    std::string_view problem;
    auto authority = parse_authority(text, problem);
    if (!authority)
        refuse(std::string(problem));
    url.host = std::move(authority->host);
    url.port = authority->port.value_or(80);
    return url;
}

} // namespace e2b::core
