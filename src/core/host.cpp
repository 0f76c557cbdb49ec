#include "core/host.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace e2b::core {

using namespace base;

namespace {

std::optional<std::string> canonical_address(int family, std::string const& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (inet_pton(family, text.c_str(), address.data()) != 1 ||
        inet_ntop(family, address.data(), canonical.data(), canonical.size()) == nullptr)
        return std::nullopt;
    return std::string(canonical.data());
}

bool is_label(std::string_view label) {
    auto const allowed = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, allowed) &&
           label.front() != '-' && label.back() != '-';
}

bool is_dns_name(std::string_view name) {
    if (name.empty() || name.size() > 253)
        return false;
    for (;;) {
        auto const dot = name.find('.');
        if (!is_label(name.substr(0, dot)))
            return false;
        if (dot == name.npos)
            return true;
        name.remove_prefix(dot + 1);
    }
}

bool ends_in_number(std::string_view name) {
    auto const last = name.substr(name.rfind('.') + 1);
    return std::ranges::all_of(last, is_digit) ||
           (last.starts_with("0x") &&
            std::ranges::all_of(last.substr(2), [](char c) { return hex_value(c) >= 0; }));
}

bool read_host(std::string_view text, Authority& authority, std::string_view& problem) {
    if (text.starts_with('[')) {
        auto address = canonical_address(AF_INET6, std::string(text.substr(1, text.size() - 2)));
        if (!address)
            problem = "the brackets do not hold an IPv6 address";
        authority.host = std::move(address).value_or("");
        authority.is_ip_literal = true;
        return problem.empty();
    }
    if (text.ends_with('.'))
        text.remove_suffix(1);
    authority.host = to_lower(text);
    if (!is_dns_name(authority.host)) {
        problem = "the host is not a valid name";
        return false;
    }
    if (ends_in_number(authority.host)) {
        auto address = canonical_address(AF_INET, authority.host);
        if (!address)
            problem = "the host ends in a number, but is not an IPv4 address of four decimal parts";
        authority.is_ip_literal = true;
    }
    return problem.empty();
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

} // namespace

std::optional<Authority> parse_authority(std::string_view text, std::string_view& problem) {
    problem = {};
    auto const host_end = text.starts_with('[') ? text.find(']') + 1 : std::min(text.find(':'), text.size());
    auto const rest = text.substr(host_end);
    Authority authority;
    if (host_end == 0)
        problem = "the host is empty, or its bracket is not closed";
    else if (!rest.empty() && rest.front() != ':')
        problem = "something stands between the host and the port";
    else if (!read_host(text.substr(0, host_end), authority, problem))
        return std::nullopt;
    else if (!rest.empty() && !(authority.port = read_port(rest.substr(1))))
        problem = "the port is not a number from 1 to 65535";
    if (!problem.empty())
        return std::nullopt;
    return authority;
}

} // namespace e2b::core
