#include "base/ascii.hpp"
#include "core/header_check.hpp"

#include <e2b/observer.hpp>

#include <algorithm>

namespace e2b {

namespace {

std::size_t size_of(std::string_view name, std::string_view value) noexcept {
    return name.size() + value.size() + std::string_view(": \r\n").size();
}

} // namespace

bool AttemptHeaders::add(std::string_view name, std::string_view value) {
    constexpr std::size_t most_kib = 16;
    auto const before =
        std::ranges::find_if(added_, [&](auto const& each) { return base::iequals(each.first, name); });
    auto const room = before == added_.end() ? room_ : room_ + size_of(before->first, before->second);
    std::vector<std::pair<std::string, std::string>> header;
    header.emplace_back(name, value);
    if (size_of(name, value) > room || core::header_problem(header, most_kib))
        return false;
    if (before == added_.end())
        added_.push_back(std::move(header.front()));
    else
        *before = std::move(header.front());
    room_ = room - size_of(name, value);
    return true;
}

} // namespace e2b
