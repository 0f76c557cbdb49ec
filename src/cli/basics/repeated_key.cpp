#include "cli/basics/repeated_key.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

// Behind the string that begins here.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; text[at] != '"'; ++at)
        at += text[at] == '\\' ? 1 : 0;
    return at + 1;
}

} // namespace

std::optional<std::string> find_repeated_key(std::string_view object) {
    std::vector<std::string> keys;
    std::size_t depth = 0;
    bool is_key = false; // what the next string is
    for (std::size_t at = 0; at < object.size(); ++at) {
        switch (object[at]) {
        case '{':
        case '[':
            is_key = ++depth == 1;
            break;
        case '}':
        case ']':
            --depth;
            break;
        case ',':
            is_key = depth == 1;
            break;
        case '"': {
            auto const end = end_of_string(object, at);
            // One character can be written in several ways.
            if (std::exchange(is_key, false)) {
                auto const parsed = boost::json::parse(object.substr(at, end - at));
                std::string key(parsed.as_string());
                if (std::ranges::find(keys, key) != keys.end())
                    return key;
                keys.push_back(std::move(key));
            }
            at = end - 1;
            break;
        }
        default:
            break;
        }
    }
    return std::nullopt;
}

} // namespace e2b::cli
