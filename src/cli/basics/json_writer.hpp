#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// Appends a JSON object to a text, field by field. Control bytes and bytes that are not UTF-8 are escaped as
// `printable` does. Numbers are the caller's: the JSON library would print 12.5 as 1.25E1.
class JsonObjectWriter {
public:
    explicit JsonObjectWriter(std::string& text) : text_(text) { text_ += '{'; }

    // The name; the value is to be appended to what it yields.
    std::string& field(std::string_view name);
    void string(std::string_view name, std::string_view value);
    void strings(std::string_view name, std::vector<std::string> const& values);
    void number(std::string_view name, std::string_view value) { field(name) += value; }
    void boolean(std::string_view name, bool value) { field(name) += value ? "true" : "false"; }
    void end() { text_ += '}'; }

private:
    std::string& text_;
};

} // namespace e2b::cli
