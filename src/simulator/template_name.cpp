#include "simulator/template_name.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

bool is_alias_char(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_alias(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_alias_char);
}

bool is_tag(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return is_alias_char(c) || c == '.'; });
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view space = " \t\r\n";
    auto const first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

} // namespace

std::optional<TemplateName> TemplateName::parse(std::string_view text) {
    std::string const clean = lower(trim(text));
    std::string_view rest = clean;
    TemplateName name;
    if (auto const slash = rest.find('/'); slash != std::string_view::npos) {
        name.team = std::string(rest.substr(0, slash));
        rest.remove_prefix(slash + 1);
        if (!is_alias(*name.team))
            return std::nullopt;
    }
    name.tag = "default";
    if (auto const colon = rest.find(':'); colon != std::string_view::npos) {
        name.tag = std::string(rest.substr(colon + 1));
        name.has_tag = true;
        rest = rest.substr(0, colon);
    }
    name.alias = std::string(rest);
    if (!is_alias(name.alias) || !is_tag(name.tag))
        return std::nullopt;
    return name;
}

} // namespace e2b::sim
