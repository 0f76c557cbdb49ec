#include "cli/json_fields.hpp"

namespace e2b::cli {

void write_request(JsonObjectWriter& object, SnapshotRequest const& request) {
    object.string("sandboxID", request.sandbox_id);
    if (request.name)
        object.string("name", *request.name);
    write_kind(object, request.memory);
}

void write_kind(JsonObjectWriter& object, SnapshotKind kind) {
    if (kind == SnapshotKind::filesystem)
        object.boolean("memory", false);
}

std::optional<std::string> text_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->get_string());
}

SnapshotKind kind_in(boost::json::object const& object) {
    auto const* const value = object.if_contains("memory");
    return value != nullptr && value->is_bool() && !value->get_bool() ? SnapshotKind::filesystem
                                                                      : SnapshotKind::full;
}

} // namespace e2b::cli
