#include "core/header_check.hpp"

#include <e2b/observer.hpp>

namespace e2b {

bool AttemptHeaders::add(std::string_view name, std::string_view value) {
    constexpr std::size_t most_kib = 16;
    auto const size = name.size() + value.size() + std::string_view(": \r\n").size();
    std::vector<std::pair<std::string, std::string>> header;
    header.emplace_back(name, value);
    if (size > room_ || core::header_problem(header, most_kib))
        return false;
    added_.push_back(std::move(header.front()));
    room_ -= size;
    return true;
}

} // namespace e2b
