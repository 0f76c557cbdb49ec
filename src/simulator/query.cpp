#include "simulator/query.hpp"

namespace e2b::sim {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            int const high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            int const low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return std::nullopt;
            result.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            result.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const part = text.substr(0, text.find(separator));
        parts.push_back(part);
        if (part.size() == text.size())
            return parts;
        text.remove_prefix(part.size() + 1);
    }
}

std::optional<Query> Query::parse(std::string_view text) {
    Query query;
    for (auto const pair : split(text, '&')) {
        if (pair.empty())
            continue;
        auto const equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
        if (!name || !value)
            return std::nullopt;
        query.values_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
    for (auto const& [key, value] : values_) {
        if (key == name)
            return value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Query::list(std::string_view name) const {
    std::vector<std::string_view> items;
    for (auto const& [key, value] : values_) {
        if (key != name)
            continue;
        auto const more = split(value, ',');
        items.insert(items.end(), more.begin(), more.end());
    }
    return items;
}

} // namespace e2b::sim
