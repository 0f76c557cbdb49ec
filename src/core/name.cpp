#include "core/name.hpp"

#include "base/ascii.hpp"
#include "core/utf8.hpp"

#include <algorithm>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::size_t max_sandbox_id = 128;
constexpr std::size_t max_template_id = 512;

bool is_word_char(char c) noexcept {
    return is_alnum(c) || c == '_' || c == '-';
}

bool is_word(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_word_char);
}

bool is_tag(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return is_word_char(c) || c == '.'; });
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Whether it is `[namespace/]alias[:tag]`.
std::optional<std::string> form_problem(std::string_view name) {
    if (auto const colon = name.find(':'); colon != name.npos) {
        if (!is_tag(name.substr(colon + 1)))
            return "has a tag that is not one or more of A-Z a-z 0-9 _ . -";
        name = name.substr(0, colon);
    }
    if (auto const slash = name.find('/'); slash != name.npos) {
        if (!is_word(name.substr(0, slash)))
            return "has a namespace that is not one or more of A-Z a-z 0-9 _ -";
        name = name.substr(slash + 1);
    }
    if (!is_word(name))
        return "has an alias that is not one or more of A-Z a-z 0-9 _ -";
    return std::nullopt;
}

} // namespace

bool valid_sandbox_id(std::string_view id) noexcept {
    return id.size() <= max_sandbox_id && is_word(id) && is_alnum(id.front());
}

std::optional<std::string> name_problem(std::string_view name) {
    if (name.empty())
        return "is empty; leave it out for a snapshot without a name";
    if (name.size() > max_name_bytes)
        return "is longer than 255 bytes";
    return form_problem(name);
}

std::optional<std::string> template_problem(std::string_view id) {
    if (id.empty())
        return "is empty; must be a template's name, [namespace/]alias[:tag], or its id";
    if (id.size() > max_template_id)
        return "is longer than 512 bytes";
    return form_problem(id);
}

std::optional<std::string> printed_id_problem(std::string_view id) {
    if (id.empty())
        return "is empty; must be an id as the platform printed it, or a name";
    if (id.size() > max_template_id)
        return "is longer than 512 bytes";
    if (!is_utf8(id) || std::ranges::any_of(id, is_control))
        return "has a control character, or is not UTF-8";
    for (auto rest = id; !rest.empty();) {
        auto const segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..")
            return "has a . or .. between slashes";
        rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    }
    return std::nullopt;
}

} // namespace e2b::core
