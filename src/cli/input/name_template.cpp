#include "cli/input/name_template.hpp"

#include "cli/basics/timestamp.hpp"

#include <e2b/snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <stdexcept>

namespace e2b::cli {

RunIdentity RunIdentity::make() {
    std::random_device source;
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%08x", source());
    return {std::chrono::system_clock::now(), text.data()};
}

NameTemplate::NameTemplate(std::string_view text)
    : all_(parse(text)),
      alias_(parse(text.substr(0, text.find(':')))) {}

NameTemplate::Parts NameTemplate::parse(std::string_view text) {
    Parts parts;
    while (!text.empty()) {
        auto const begin = text.find('{');
        if (begin != 0) {
            parts.push_back({std::string(text.substr(0, begin)), Gap::none});
            text.remove_prefix(std::min(begin, text.size()));
            continue;
        }
        auto const end = text.find('}');
        if (end == std::string_view::npos)
            throw std::invalid_argument("'" + std::string(text) + "' has no closing brace");
        auto const name = text.substr(1, end - 1);
        Gap const gap = name == "sandbox" ? Gap::sandbox
                        : name == "date"  ? Gap::date
                        : name == "time"  ? Gap::time
                        : name == "run"   ? Gap::run
                                          : Gap::none;
        if (gap == Gap::none)
            throw std::invalid_argument("'{" + std::string(name) +
                                        "}' is not known; there are {sandbox}, {date}, {time} and {run}");
        parts.push_back({"", gap});
        text.remove_prefix(end + 1);
    }
    return parts;
}

std::optional<std::string> NameTemplate::find_problem(std::string_view sandbox_id) const {
    constexpr std::string_view field = "name: ";
    SnapshotRequest const request(std::string(sandbox_id), expand(sandbox_id, RunIdentity::make()));
    auto problem = e2b::find_problem(request);
    if (problem && problem->starts_with(field))
        problem->erase(0, field.size());
    return problem;
}

std::string NameTemplate::expand(std::string_view sandbox_id, RunIdentity const& run) const {
    auto const time = format_time(run.began); // 2026-11-24T05:03:12.123456Z
    std::string name;
    for (auto const& part : all_) {
        switch (part.gap) {
        case Gap::none:
            name += part.text;
            break;
        case Gap::sandbox:
            name += sandbox_id;
            break;
        case Gap::date:
            name += time.substr(0, 10);
            break;
        case Gap::time:
            name += time.substr(11, 2) + time.substr(14, 2) + time.substr(17, 2);
            break;
        case Gap::run:
            name += run.id;
            break;
        }
    }
    return name;
}

bool NameTemplate::contains(Parts const& parts, Gap gap) {
    return std::ranges::any_of(parts, [gap](Part const& part) { return part.gap == gap; });
}

NameUniqueness NameTemplate::uniqueness() const {
    if (contains(alias_, Gap::sandbox) && contains(alias_, Gap::run))
        return NameUniqueness::alias;
    if (contains(all_, Gap::sandbox) && contains(all_, Gap::run))
        return NameUniqueness::tag;
    return NameUniqueness::none;
}

std::string_view alias_of(std::string_view name) {
    if (auto const slash = name.find('/'); slash != std::string_view::npos)
        name.remove_prefix(slash + 1);
    return name.substr(0, name.find(':'));
}

} // namespace e2b::cli
