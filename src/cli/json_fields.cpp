#include "cli/json_fields.hpp"

namespace e2b::cli {

void write_request(JsonObjectWriter& object, SnapshotRequest const& request) {
    object.string("sandboxID", request.sandbox_id);
    if (request.name)
        object.string("name", *request.name);
}

std::optional<std::string> text_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->get_string());
}

} // namespace e2b::cli
