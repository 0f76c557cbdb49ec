#include "core/secret.hpp"

#include <algorithm>

namespace e2b::core {

void wipe(std::string& text) noexcept {
    // The whole buffer: what was moved out of a short string is still in it.
    text.resize(text.capacity());
    char volatile* const bytes = text.data();
    for (std::size_t i = 0; i != text.size(); ++i)
        bytes[i] = 0;
    text.clear();
}

// First out with the secret, then the cut.
std::string redacted(std::string_view text, std::string_view secret, std::size_t most) {
    std::string result;
    while (result.size() <= most && !text.empty()) {
        auto const found = secret.empty() ? text.npos : text.find(secret);
        result.append(text.substr(0, found));
        text.remove_prefix(std::min(found, text.size()));
        if (found == text.npos)
            break;
        result.append("***");
        text.remove_prefix(secret.size());
    }
    if (result.size() > most) {
        auto end = most;
        while (end != 0 && (static_cast<unsigned char>(result[end]) & 0xc0) == 0x80)
            --end;
        result.resize(end);
    }
    return result;
}

} // namespace e2b::core
