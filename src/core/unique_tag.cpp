#include "core/unique_tag.hpp"

#include "core/name.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace e2b::core {

namespace {

std::string tag_of(std::uint64_t number) {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string tag = ":u";
    for (int shift = 60; shift >= 0; shift -= 4)
        tag += alphabet[number >> static_cast<unsigned>(shift) & 0xfU];
    return tag;
}

} // namespace

SnapshotRequest with_tag_of(SnapshotRequest request, std::uint64_t number) {
    if (!request.name || request.name->empty())
        throw std::invalid_argument("name: a unique tag needs an alias to belong to");
    if (request.name->find(':') != std::string::npos)
        throw std::invalid_argument("name: has a tag already");
    auto const tag = tag_of(number);
    if (request.name->size() + tag.size() > max_name_bytes)
        throw std::invalid_argument("name: with a unique tag, at most " +
                                    std::to_string(max_name_bytes - tag.size()) + " bytes");
    *request.name += tag;
    return request;
}

} // namespace e2b::core
