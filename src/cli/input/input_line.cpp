#include "cli/input/input_line.hpp"

#include "cli/basics/repeated_key.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace e2b::cli {
namespace {

constexpr std::string_view separators = " \t";
constexpr std::string_view line_end_and_separators = " \t\r";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(separators);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(separators) - first + 1);
}

// What spoils a line: bytes that other programs take for the end of a line, or that are not text. In JSON a
// carriage return is white space.
constexpr std::string_view stray_in_words("\0\r\v\f", 4);
constexpr std::string_view stray_in_json("\0\v\f", 3);

std::optional<std::string> find_stray_byte(std::string_view line, std::string_view stray) {
    auto const found = line.find_first_of(stray);
    switch (found == std::string_view::npos ? ' ' : line[found]) {
    case '\0':
        return "has a zero byte, as in UTF-16 or a file that is no text; a list must be UTF-8";
    case '\r':
        return "has a carriage return in its middle; a line ends with a line feed, which a carriage return "
               "may "
               "precede";
    case '\v':
        return "has a vertical tab; an id and its name are separated by blanks or tabs";
    case '\f':
        return "has a form feed; an id and its name are separated by blanks or tabs";
    default:
        return std::nullopt;
    }
}

bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool all_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// As the platform makes them, `i` and 20 characters with or without `-clientID`; or a UUID, as others do.
bool looks_like_sandbox_id(std::string_view text) {
    auto const is_platform_id = [](std::string_view id) {
        return id.size() == 21 && id.front() == 'i' && std::ranges::all_of(id, is_id_char);
    };
    if (text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-')
        return all_hex(text.substr(0, 8)) && all_hex(text.substr(9, 4)) && all_hex(text.substr(14, 4)) &&
               all_hex(text.substr(19, 4)) && all_hex(text.substr(24));
    auto const dash = text.find('-');
    return is_platform_id(text.substr(0, dash)) &&
           (dash == std::string_view::npos || std::ranges::all_of(text.substr(dash + 1), is_id_char));
}

InputLine parse_words(std::string_view text, LineRules const& rules) {
    auto const end = text.find_first_of(separators);
    std::string id(text.substr(0, end));
    if (end == std::string_view::npos)
        return SnapshotRequest(std::move(id));
    auto const name = trimmed(text.substr(end));
    if (name.find_first_of(separators) != std::string_view::npos)
        return MalformedLine{std::move(id), "has more than a sandbox id and a name"};
    if (!rules.allow_id_as_name && looks_like_sandbox_id(name))
        return MalformedLine{
            std::move(id),
            "name: '" + std::string(name) + "' looks like a sandbox id; give each sandbox a line of its own" +
                (rules.names_bulk_options ? ", or use --allow-id-as-name if it is meant as a name" : "")};
    return SnapshotRequest(std::move(id), std::string(name));
}

// The fields of records, of what was found out, and of the list of sandboxes, from here or from the platform.
bool is_passed_over(std::string_view field) {
    static constexpr std::array<std::string_view, 27> fields{
        "schema",   "line",      "copy",       "unique",     "outcome",  "snapshotID", "names",
        "attempts", "elapsedMs", "httpStatus", "startedAt",  "endedAt",  "error",      "finding",
        "sandbox",  "reason",    "sureFrom",   "templateID", "alias",    "state",      "endAt",
        "clientID", "cpuCount",  "memoryMB",   "diskSizeMB", "metadata", "envdVersion"};
    return std::ranges::find(fields, field) != fields.end();
}

InputLine parse_object(std::string_view text, LineRules const& rules) {
    auto kind = rules.kind;
    boost::system::error_code error;
    boost::json::value const value = boost::json::parse(text, error);
    if (error)
        return MalformedLine{
            "", find_stray_byte(text, stray_in_json).value_or("not a JSON object: " + error.message())};
    // Which of the two is meant nobody can tell.
    if (auto const key = find_repeated_key(text))
        return MalformedLine{"", *key + ": stands twice in the object"};

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
        else if (key == "event")
            problem =
                rules.names_bulk_options
                    ? "event: this is a line of a journal; give the journal as --journal FILE "
                      "--resume, and the list that it was made with as FILE"
                    : "event: this is a line of a journal; bulk --journal FILE --resume goes on with it";
        else if (key != "name" && key != "memory" && !is_passed_over(key))
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
    return line.find_first_not_of(line_end_and_separators) == std::string_view::npos;
}

InputLine parse_input_line(std::string_view line, LineRules const& rules) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    std::string_view const text = trimmed(line);
    if (text.starts_with('{'))
        return parse_object(text, rules);
    if (auto problem = find_stray_byte(text, stray_in_words))
        return MalformedLine{"", std::move(*problem)};
    auto parsed = parse_words(text, rules);
    if (auto* const request = std::get_if<SnapshotRequest>(&parsed))
        request->memory = rules.kind;
    return parsed;
}

} // namespace e2b::cli
