#include "cli/basics/json_fields.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace e2b::cli {

std::optional<std::string> text_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->get_string());
}

std::optional<std::vector<std::string>> texts_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_array())
        return std::nullopt;
    std::vector<std::string> texts;
    for (auto const& each : value->get_array()) {
        if (each.is_string())
            texts.emplace_back(each.get_string());
    }
    return texts;
}

std::optional<double> number_at(boost::json::object const& object, std::string_view name, double most) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    return std::clamp(value->to_number<double>(), 0.0, most);
}

boost::json::object const* object_at(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    return value != nullptr ? value->if_object() : nullptr;
}

SnapshotKind kind_at(boost::json::object const& object) {
    auto const* const value = object.if_contains("memory");
    bool const is_without = value != nullptr && value->is_bool() && !value->get_bool();
    return is_without ? SnapshotKind::filesystem : SnapshotKind::full;
}

} // namespace e2b::cli
