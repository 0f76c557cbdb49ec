#include "cli/basics/key_form.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstddef>

namespace e2b::cli {
namespace {

constexpr std::string_view key_prefix = "e2b_";
constexpr std::size_t shortest_key = 20; // without the prefix

// What is cut or mistyped is still mostly the key. Names of files begin with the prefix as well, but with
// words.
constexpr std::size_t shortest_part = 8;
constexpr std::size_t longest_word = 15;

bool is_hex_digit(char c) noexcept {
    return base::hex_value(c) >= 0;
}

std::size_t count_leading(std::string_view text, bool (*is_one)(char)) noexcept {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_one) - text.begin());
}

} // namespace

bool is_key_form(std::string_view word) noexcept {
    if (!word.starts_with(key_prefix))
        return false;
    word.remove_prefix(key_prefix.size());
    return word.size() >= shortest_key && std::ranges::all_of(word, is_hex_digit);
}

std::string without_keys(std::string_view text) {
    std::string result;
    for (;;) {
        auto const at = text.find(key_prefix);
        result += text.substr(0, at);
        if (at == std::string_view::npos)
            return result;
        text.remove_prefix(at + key_prefix.size());
        auto const size = std::min(count_leading(text, base::is_alnum), text.find(key_prefix));
        if (count_leading(text, is_hex_digit) < shortest_part && size <= longest_word) {
            result += key_prefix;
            continue;
        }
        result += "(what looks like an API key)";
        text.remove_prefix(size);
    }
}

} // namespace e2b::cli
