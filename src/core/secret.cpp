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

void renew(std::string& text, std::size_t size) {
    if (text.capacity() < size) {
        wipe(text);
        text.reserve(size);
    }
    text.clear();
}

} // namespace e2b::core
