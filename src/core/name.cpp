#include "core/name.hpp"

#include "base/ascii.hpp"
#include "core/utf8.hpp"

#include <algorithm>

namespace e2b::core {

using namespace base;

namespace {

constexpr std::size_t max_sandbox_id = 128;

bool is_word_char(char c) noexcept {
    return is_alnum(c) || c == '_' || c == '-';
}

bool is_word(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_word_char);
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

} // namespace

bool valid_sandbox_id(std::string_view id) noexcept {
    return id.size() <= max_sandbox_id && is_word(id) && is_alnum(id.front());
}

std::optional<std::string> text_problem(std::string_view text, std::size_t max_bytes) {
    if (text.size() > max_bytes)
        return "is longer than " + std::to_string(max_bytes) + " bytes";
    if (!is_utf8(text) || std::ranges::any_of(text, is_control))
        return "has a control character, or is not UTF-8";
    return std::nullopt;
}

std::optional<std::string> name_problem(std::string_view name) {
    if (name.empty())
        return "is empty; leave it out for a snapshot without a name";
    return text_problem(name, max_name_bytes);
}

std::optional<std::string> printed_id_problem(std::string_view id) {
    if (id.empty())
        return "is empty; must be an id as the platform printed it, or a name";
    if (auto problem = text_problem(id, max_template_id))
        return problem;
    for (auto rest = id; !rest.empty();) {
        auto const segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..")
            return "has a . or .. between slashes";
        rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    }
    return std::nullopt;
}

} // namespace e2b::core
