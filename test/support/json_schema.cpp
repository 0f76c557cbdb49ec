#include "support/json_schema.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace e2b::test {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 16> keywords{
    "$schema", "$id",    "$defs", "$ref",       "title",    "description",          "type",
    "const",   "enum",   "anyOf", "properties", "required", "additionalProperties", "items",
    "minimum", "pattern"};

void require_known(json::object const& schema) {
    for (auto const& [name, value] : schema) {
        if (std::ranges::find(keywords, std::string_view(name)) == keywords.end())
            throw std::invalid_argument("a schema's keyword that is not known: " + std::string(name));
    }
}

bool has_type(json::value const& value, std::string_view type) {
    if (type == "integer")
        return value.is_int64() || value.is_uint64();
    if (type == "number")
        return value.is_number();
    if (type == "string")
        return value.is_string();
    if (type == "array")
        return value.is_array();
    if (type == "object")
        return value.is_object();
    throw std::invalid_argument("a schema's type that is not known: " + std::string(type));
}

} // namespace

JsonSchema JsonSchema::load(std::string const& path) {
    std::ifstream file(path);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file)
        throw std::runtime_error("cannot read " + path);
    return JsonSchema(json::parse(text));
}

JsonSchema::JsonSchema(json::value root) : root_(std::move(root)) {}

JsonSchema JsonSchema::closed() const {
    auto root = root_;
    for (auto& definition : root.at("$defs").as_object()) {
        auto& schema = definition.value().as_object();
        if (schema.contains("properties"))
            schema.emplace("additionalProperties", false);
    }
    return JsonSchema(std::move(root));
}

std::optional<std::string> JsonSchema::find_problem(json::value const& value,
                                                    std::string const& definition) const {
    auto const& root = root_.as_object();
    auto const& schema = definition.empty() ? root : root.at("$defs").as_object().at(definition).as_object();
    return check(schema, value, "value");
}

JsonSchema::Problem JsonSchema::check(json::object const& schema, json::value const& value,
                                      std::string const& at) const {
    require_known(schema);
    if (auto const* const ref = schema.if_contains("$ref")) {
        std::string const name(
            std::string_view(ref->as_string()).substr(std::string_view("#/$defs/").size()));
        if (auto problem = check(root_.at("$defs").at(name).as_object(), value, at))
            return problem;
    }
    if (auto const* const type = schema.if_contains("type"); type && !has_type(value, type->as_string()))
        return at + ": is no " + std::string(type->as_string());
    if (auto const* const wanted = schema.if_contains("const"); wanted && value != *wanted)
        return at + ": must be " + json::serialize(*wanted);
    if (auto const* const words = schema.if_contains("enum")) {
        if (std::ranges::find(words->as_array(), value) == words->as_array().end())
            return at + ": is none of " + json::serialize(*words);
    }
    if (auto const* const least = schema.if_contains("minimum");
        least && value.to_number<double>() < least->to_number<double>())
        return at + ": is less than " + json::serialize(*least);
    if (auto const* const pattern = schema.if_contains("pattern");
        pattern &&
        !std::regex_search(std::string(value.as_string()), std::regex(std::string(pattern->as_string()))))
        return at + ": does not match " + json::serialize(*pattern);
    if (auto const* const items = schema.if_contains("items")) {
        for (auto const& item : value.as_array()) {
            if (auto problem = check(items->as_object(), item, at + "[]"))
                return problem;
        }
    }
    if (auto const* const any = schema.if_contains("anyOf")) {
        std::string problems;
        for (auto const& each : any->as_array()) {
            auto const problem = check(each.as_object(), value, at);
            if (!problem)
                return std::nullopt;
            problems += "; " + *problem;
        }
        return at + ": fits none" + problems;
    }
    return value.is_object() ? check_object(schema, value.get_object(), at) : std::nullopt;
}

JsonSchema::Problem JsonSchema::check_object(json::object const& schema, json::object const& value,
                                             std::string const& at) const {
    if (auto const* const required = schema.if_contains("required")) {
        for (auto const& name : required->as_array()) {
            if (!value.contains(name.as_string()))
                return at + '.' + std::string(name.as_string()) + ": is missing";
        }
    }
    auto const* const properties = schema.if_contains("properties");
    auto const* const others = schema.if_contains("additionalProperties");
    for (auto const& [name, field] : value) {
        auto const here = at + '.' + std::string(name);
        auto const* const known = properties ? properties->as_object().if_contains(name) : nullptr;
        if (known != nullptr) {
            if (auto problem = check(known->as_object(), field, here))
                return problem;
        } else if (others != nullptr && others->is_bool() && !others->as_bool()) {
            return here + ": is not known";
        } else if (others != nullptr && others->is_object()) {
            if (auto problem = check(others->as_object(), field, here))
                return problem;
        }
    }
    return std::nullopt;
}

} // namespace e2b::test
