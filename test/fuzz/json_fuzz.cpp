// Any bytes whatever, read as the body of a response: what is accepted is what Boost.JSON's own parser makes
// of it, and what that one takes for a snapshot is accepted once no key is there twice.
#include "core/api_error.hpp"
#include "core/key_set.hpp"
#include "core/snapshot_body.hpp"
#include "fuzz/require.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using e2b::SnapshotInfo;
using e2b::core::KeySet;
using e2b::test::require;
namespace json = boost::json;

namespace {

constexpr std::size_t max_string = 512;
constexpr std::size_t max_names = 1000;

std::optional<std::string> read_string(json::value const* value) {
    auto const* const text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr || text->empty() || text->size() > max_string)
        return std::nullopt;
    return std::string(text->data(), text->size());
}

// The contract once more, by way of a whole tree.
std::optional<SnapshotInfo> read_tree(json::value const& tree) {
    auto const* const object = tree.if_object();
    auto const id = object != nullptr ? read_string(object->if_contains("snapshotID")) : std::nullopt;
    auto const* const names = object != nullptr ? object->if_contains("names") : nullptr;
    if (!id)
        return std::nullopt;
    SnapshotInfo info(*id, {});
    if (names == nullptr || names->is_null())
        return info;
    if (!names->is_array() || names->get_array().size() > max_names)
        return std::nullopt;
    for (auto const& element : names->get_array()) {
        auto const name = read_string(&element);
        if (!name)
            return std::nullopt;
        info.names.push_back(*name);
    }
    return info;
}

bool keys_fit(json::object const& object) {
    std::size_t bytes = 0;
    for (auto const& member : object)
        bytes += member.key().size();
    return object.size() <= KeySet::max_keys && bytes <= KeySet::max_bytes;
}

void check_snapshot(std::string_view body) {
    boost::system::error_code error;
    auto const tree = json::parse(json::string_view(body.data(), body.size()), error);
    auto const info = e2b::core::parse_snapshot_info(body);
    if (error) {
        require(!info);
        return;
    }
    auto const expected = read_tree(tree);
    if (info)
        require(info == expected);
    // Written again, the tree has every key once.
    if (expected && keys_fit(tree.get_object()))
        require(e2b::core::parse_snapshot_info(json::serialize(tree)) == expected);
}

void check_error(std::string_view body, std::string_view secret) {
    auto const error = e2b::core::parse_api_error(body, secret);
    require(error.message.size() <= max_string && error.error_code.size() <= max_string);
    // Stars could make up a secret of stars.
    if (!secret.empty() && secret.find('*') == secret.npos)
        require(error.message.find(secret) == std::string::npos &&
                error.error_code.find(secret) == std::string::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const body(reinterpret_cast<char const*>(data), size);
    check_snapshot(body);
    check_error(body, "");
    check_error(body, body.substr(0, std::min<std::size_t>(size, 2)));
    check_error(body, "e2b_key");
    return 0;
}
