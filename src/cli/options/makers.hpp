#pragma once

#include "cli/basics/values.hpp"
#include "cli/options/grammar.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace e2b::cli {

// Options and their values, by what they are.

// The most that connections and friends may be; the library's own limit.
inline constexpr std::uint64_t most = 1'000'000;

// Throw std::invalid_argument saying what is allowed.
[[nodiscard]] std::uint64_t parse_count(std::string const& text, std::uint64_t least, std::uint64_t greatest);
[[nodiscard]] double parse_number(std::string const& text, double least, double greatest);
[[nodiscard]] std::pair<std::string, std::string> parse_pair(std::string const& text);

[[nodiscard]] Option flag_option(std::string name, std::string help, bool& target);

template <class Target>
[[nodiscard]] Option text_option(std::string name, std::string value, std::string help, Target& target,
                                 std::string standard = "") {
    return {.name = std::move(name),
            .value = std::move(value),
            .help = std::move(help),
            .standard = std::move(standard),
            .set = [&target](std::string const& given) { target = given; }};
}

template <class Target>
[[nodiscard]] Option duration_option(std::string name, std::string help, Target& target,
                                     std::string standard = "",
                                     std::chrono::milliseconds longest = std::chrono::hours(24 * 365 * 100)) {
    auto const set = [&target, longest](std::string const& given) {
        auto const value = parse_duration(given);
        if (value > longest)
            throw std::invalid_argument(
                "'" + given + "' is longer than " +
                std::to_string(std::chrono::duration_cast<std::chrono::hours>(longest).count()) + "h");
        target = value;
    };
    return {.name = std::move(name),
            .value = "DURATION",
            .help = std::move(help),
            .standard = std::move(standard),
            .set = set};
}

template <class Target>
void assign_count(Target& target, std::uint64_t value) {
    target = static_cast<Target>(value);
}
template <class Target>
void assign_count(std::optional<Target>& target, std::uint64_t value) {
    target = static_cast<Target>(value);
}

template <class Target>
[[nodiscard]] Option count_option(std::string name, std::string help, Target& target,
                                  std::string standard = "", std::uint64_t least = 1,
                                  std::uint64_t greatest = most) {
    auto const set = [&target, least, greatest](std::string const& given) {
        assign_count(target, parse_count(given, least, greatest));
    };
    return {.name = std::move(name),
            .value = "N",
            .help = std::move(help),
            .standard = std::move(standard),
            .set = set};
}

// One of a few words, each with its value.
template <class Value>
using Words = std::vector<std::pair<std::string, Value>>;

[[nodiscard]] std::invalid_argument not_one_of(std::string const& given,
                                               std::vector<std::string> const& words);

template <class Target, class Value>
[[nodiscard]] Option choice_option(std::string name, std::string value, std::string help, Target& target,
                                   Words<Value> words, std::string standard = "") {
    std::vector<std::string> names;
    for (auto const& [word, meaning] : words)
        names.push_back(word);
    auto const set = [&target, words = std::move(words), names](std::string const& given) {
        for (auto const& [word, meaning] : words) {
            if (word == given) {
                target = meaning;
                return;
            }
        }
        throw not_one_of(given, names);
    };
    return {.name = std::move(name),
            .value = std::move(value),
            .help = std::move(help),
            .standard = std::move(standard),
            .set = set,
            .choices = names};
}

[[nodiscard]] Option with_needs(Option option, std::vector<std::string> needs);
[[nodiscard]] Option with_excludes(Option option, std::vector<std::string> excludes);

} // namespace e2b::cli
