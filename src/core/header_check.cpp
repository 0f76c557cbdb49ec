#include "core/header_check.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace e2b::core {

using namespace base;

namespace {

// What the library itself sends, and what changes how a message is framed or understood.
constexpr std::array<std::string_view, 15> reserved{
    "Host",    "Content-Length", "Transfer-Encoding", "Connection", "Expect", "X-API-Key",       "User-Agent",
    "Accept",  "Content-Type",   "Content-Encoding",  "Keep-Alive", "TE",     "Accept-Encoding", "Trailer",
    "Upgrade",
};

bool is_reserved(std::string_view name) {
    return iequals(name.substr(0, 6), "Proxy-") ||
           std::ranges::any_of(reserved, [&](std::string_view other) { return iequals(name, other); });
}

} // namespace

std::optional<std::string> header_problem(std::vector<std::pair<std::string, std::string>> const& headers,
                                          std::size_t kib) {
    auto const max_bytes = kib * 1024;
    std::size_t bytes = 0;
    for (auto const& [name, value] : headers) {
        bytes += name.size() + value.size() + 4;
        if (bytes > max_bytes)
            return "must be at most " + std::to_string(kib) + " KiB in all";
        if (name.empty() || !std::ranges::all_of(name, is_token_char))
            return "has a name that is not an HTTP token";
        if (is_reserved(name))
            return "must not contain " + name;
        if (!value.empty() && !is_header_value(value, max_bytes))
            return "has a value of " + name +
                   " that is not printable ASCII, or that begins or ends with a space";
    }
    return std::nullopt;
}

bool is_header_value(std::string_view value, std::size_t max_size) noexcept {
    return !value.empty() && value.size() <= max_size && std::ranges::all_of(value, is_printable) &&
           value.front() != ' ' && value.back() != ' ';
}

} // namespace e2b::core
