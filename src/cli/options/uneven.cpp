#include "cli/options/uneven.hpp"

#include "cli/basics/values.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace e2b::cli {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end)
        return std::nullopt;
    return number;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos)
            return parts;
        text.remove_prefix(at + 1);
    }
}

} // namespace

std::vector<double> parse_node_weights(std::string const& text) {
    std::vector<double> weights;
    for (auto const part : split(text, ',')) {
        auto const weight = parse_number<double>(part);
        if (!weight || !(*weight >= 0))
            throw std::invalid_argument("'" + text + "' is not a weight for each node, such as 8,1,1");
        weights.push_back(*weight);
    }
    return weights;
}

SimulatorDrain parse_drain(std::string const& text) {
    auto const parts = split(text, ':');
    auto const node = parse_number<std::size_t>(parts[0]);
    if (parts.size() != 3 || !node)
        throw std::invalid_argument("'" + text + "' is not NODE:FROM:LENGTH, such as 0:10s:60s");
    return {*node, parse_duration(parts[1]), parse_duration(parts[2])};
}

std::pair<double, std::chrono::milliseconds> parse_slow(std::string const& text) {
    auto const parts = split(text, '=');
    auto const share = parse_number<double>(parts[0]);
    if (parts.size() != 2 || !share || !(*share >= 0 && *share <= 1))
        throw std::invalid_argument("'" + text + "' is not SHARE=DURATION, such as 0.025=5s");
    return {*share, parse_duration(parts[1])};
}

} // namespace e2b::cli
