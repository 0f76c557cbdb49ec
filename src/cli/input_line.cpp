#include "cli/input_line.hpp"

#include <boost/json.hpp>

#include <optional>
#include <utility>

namespace e2b::cli {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

SnapshotRequest parse_words(std::string_view text) {
    auto const end = text.find_first_of(white_space);
    std::string id(text.substr(0, end));
    if (end == std::string_view::npos)
        return SnapshotRequest(std::move(id));
    return SnapshotRequest(std::move(id), std::string(trimmed(text.substr(end))));
}

InputLine parse_object(std::string_view text, SnapshotKind kind) {
    boost::system::error_code error;
    boost::json::value const value = boost::json::parse(text, error);
    if (error)
        return MalformedLine{"", "not a JSON object: " + error.message()};

    std::string id;
    std::optional<std::string> name;
    std::string problem;
    for (auto const& [key, field] : value.as_object()) {
        if (key == "sandboxID" && field.is_string())
            id = field.get_string();
        else if (key == "sandboxID")
            problem = "sandboxID: must be a string";
        else if (key == "name" && field.is_string())
            name = std::string(field.get_string());
        else if (key == "name" && !field.is_null())
            problem = "name: must be a string";
        else if (key == "memory" && field.is_bool())
            kind = field.get_bool() ? SnapshotKind::full : SnapshotKind::filesystem;
        else if (key == "memory" && !field.is_null())
            problem = "memory: must be true or false";
        else if (key != "name" && key != "memory")
            problem = std::string(key) + ": not a known field; known are sandboxID, name and memory";
    }
    if (problem.empty() && !value.as_object().contains("sandboxID"))
        problem = "sandboxID: missing";
    if (!problem.empty())
        return MalformedLine{std::move(id), std::move(problem)};
    SnapshotRequest request(std::move(id), std::move(name));
    request.memory = kind;
    return request;
}

} // namespace

bool is_blank(std::string_view line) {
    return line.find_first_not_of(white_space) == std::string_view::npos;
}

InputLine parse_input_line(std::string_view line, SnapshotKind otherwise) {
    std::string_view const text = trimmed(line);
    if (text.starts_with('{'))
        return parse_object(text, otherwise);
    auto request = parse_words(text);
    request.memory = otherwise;
    return request;
}

} // namespace e2b::cli
