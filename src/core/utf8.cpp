#include "core/utf8.hpp"

namespace e2b::core {

namespace {

// The least and the greatest second byte, which shut out overlong forms, surrogates and what lies beyond
// U+10FFFF.
struct Lead {
    std::size_t length;
    unsigned char least;
    unsigned char greatest;
};

Lead read_lead(unsigned char lead) noexcept {
    if (lead < 0x80)
        return {1, 0, 0};
    if (lead < 0xc2 || lead > 0xf4)
        return {0, 0, 0};
    if (lead < 0xe0)
        return {2, 0x80, 0xbf};
    if (lead < 0xf0)
        return {3, static_cast<unsigned char>(lead == 0xe0 ? 0xa0 : 0x80),
                static_cast<unsigned char>(lead == 0xed ? 0x9f : 0xbf)};
    return {4, static_cast<unsigned char>(lead == 0xf0 ? 0x90 : 0x80),
            static_cast<unsigned char>(lead == 0xf4 ? 0x8f : 0xbf)};
}

} // namespace

std::size_t utf8_length(std::string_view text) noexcept {
    if (text.empty())
        return 0;
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    auto const lead = read_lead(byte(0));
    if (lead.length > text.size())
        return 0;
    if (lead.length > 1 && (byte(1) < lead.least || byte(1) > lead.greatest))
        return 0;
    for (std::size_t i = 2; i < lead.length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xbf)
            return 0;
    }
    return lead.length;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace e2b::core
