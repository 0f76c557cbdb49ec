#include <e2b/reconcile.hpp>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string_view>

namespace e2b {

namespace {

constexpr std::size_t digits = 16;
constexpr std::size_t longest = 255 - digits - 2; // what a name may be, without `:u` and the digits

std::string random_tag() {
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::random_device source;
    std::uint64_t number = std::uint64_t{source()} << 32U | source();
    std::string tag = "u";
    for (std::size_t i = 0; i != digits; ++i, number >>= 4U)
        tag += alphabet[number & 0xfU];
    return tag;
}

} // namespace

SnapshotRequest with_unique_tag(SnapshotRequest request) {
    if (!request.name || request.name->empty())
        throw std::invalid_argument("name: a unique tag needs an alias to belong to");
    if (request.name->find(':') != std::string::npos)
        throw std::invalid_argument("name: has a tag already");
    if (request.name->size() > longest)
        throw std::invalid_argument("name: with a unique tag, at most " + std::to_string(longest) + " bytes");
    *request.name += ':' + random_tag();
    return request;
}

} // namespace e2b
