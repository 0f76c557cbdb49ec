#include "cli/options/makers.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace e2b::cli {
namespace {

std::string plain(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.10g", number);
    return text.data();
}

} // namespace

std::uint64_t parse_count(std::string const& text, std::uint64_t least, std::uint64_t greatest) {
    std::uint64_t number = 0;
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end || number < least || number > greatest)
        throw std::invalid_argument("'" + text + "' is not a whole number from " + std::to_string(least) +
                                    " to " + std::to_string(greatest));
    return number;
}

double parse_number(std::string const& text, double least, double greatest) {
    double number = 0;
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, number);
    bool const is_number = error == std::errc() && rest == end && std::isfinite(number);
    if (!is_number || number < least || number > greatest)
        throw std::invalid_argument("'" + text + "' is not a number from " + plain(least) + " to " +
                                    plain(greatest));
    return number;
}

std::pair<std::string, std::string> parse_pair(std::string const& text) {
    auto const middle = text.find('=');
    if (middle == std::string::npos || middle == 0)
        throw std::invalid_argument("'" + text + "' is not KEY=VALUE");
    return {text.substr(0, middle), text.substr(middle + 1)};
}

Option flag_option(std::string name, std::string help, bool& target) {
    return {.name = std::move(name), .help = std::move(help), .set = [&target](std::string const&) {
                target = true;
            }};
}

std::invalid_argument not_one_of(std::string const& given, std::vector<std::string> const& words) {
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i)
        all += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return std::invalid_argument("'" + given + "' is not known; there are " + all);
}

Option with_needs(Option option, std::vector<std::string> needs) {
    option.needs = std::move(needs);
    return option;
}

Option with_excludes(Option option, std::vector<std::string> excludes) {
    option.excludes = std::move(excludes);
    return option;
}

} // namespace e2b::cli
