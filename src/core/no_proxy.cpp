#include "core/no_proxy.hpp"

#include "base/ascii.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::string_view separators = ", \t\r\n\v\f";

using Address = std::array<unsigned char, sizeof(in6_addr)>;

// The bytes of an address; nothing where the text is none.
struct Bytes {
    Address value{};
    std::size_t size = 0;
};

std::optional<Bytes> parse_address(std::string const& text) {
    Bytes bytes;
    if (::inet_pton(AF_INET, text.c_str(), bytes.value.data()) == 1) {
        bytes.size = sizeof(in_addr);
        return bytes;
    }
    bytes.size = sizeof(in6_addr);
    if (::inet_pton(AF_INET6, text.c_str(), bytes.value.data()) == 1)
        return bytes;
    return std::nullopt;
}

bool have_equal_bits(Bytes const& one, Bytes const& other, std::size_t count) {
    for (std::size_t bit = 0; bit < count; ++bit) {
        auto const mask = static_cast<unsigned char>(0x80U >> (bit % 8));
        if (((one.value[bit / 8] ^ other.value[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

// `address/bits`
bool is_in_block(std::string const& block, std::string const& host) {
    auto const slash = block.find('/');
    auto const network = parse_address(block.substr(0, slash));
    auto const address = parse_address(host);
    std::size_t bits = 0;
    char const* const end = block.data() + block.size();
    auto const [rest, error] = std::from_chars(block.data() + slash + 1, end, bits);
    bool const is_block = network && error == std::errc() && rest == end && bits <= network->size * 8;
    return is_block && address && address->size == network->size && have_equal_bits(*network, *address, bits);
}

// Takes `:port` off an entry; false where it is another port.
bool take_port(std::string& entry, unsigned port) {
    auto const colon = entry.rfind(':');
    bool const bracketed = entry.starts_with('[');
    bool const has_port = colon != std::string::npos && colon > 0 &&
                          (bracketed ? entry[colon - 1] == ']' : entry.find(':') == colon);
    if (has_port) {
        if (entry.substr(colon + 1) != std::to_string(port))
            return false;
        entry.resize(colon);
    }
    if (bracketed && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);
    return true;
}

bool matches_name(std::string_view entry, std::string_view host) {
    bool const below_only = entry.starts_with("*.");
    if (below_only)
        entry.remove_prefix(1);
    if (entry.ends_with('.'))
        entry.remove_suffix(1);
    auto const domain = entry.starts_with('.') ? entry.substr(1) : entry;
    if (domain.empty())
        return false;
    if (host == domain)
        return !below_only;
    return host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.';
}

bool matches(std::string entry, Url const& url) {
    if (entry == "*")
        return true;
    if (entry.find('/') != std::string::npos)
        return is_in_block(entry, url.host);
    if (!take_port(entry, url.port))
        return false;
    if (!url.is_ip_literal)
        return matches_name(entry, url.host);
    auto const wanted = parse_address(entry);
    auto const address = parse_address(url.host);
    return wanted && address && wanted->size == address->size && wanted->value == address->value;
}

} // namespace

bool bypasses_proxy(std::string_view no_proxy, Url const& url) {
    for (;;) {
        auto const begin = no_proxy.find_first_not_of(separators);
        if (begin == std::string_view::npos)
            return false;
        no_proxy.remove_prefix(begin);
        auto const entry = no_proxy.substr(0, no_proxy.find_first_of(separators));
        if (matches(to_lower(entry), url))
            return true;
        no_proxy.remove_prefix(entry.size());
    }
}

} // namespace e2b::core
