#include "cli/basics/json_writer.hpp"

#include <e2b/error.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace e2b::cli {
namespace {

std::string json_quoted(std::string_view value) {
    return boost::json::serialize(boost::json::string_view(printable(value)));
}

} // namespace

std::string& JsonObjectWriter::field(std::string_view name) {
    if (text_.back() != '{')
        text_ += ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
    return text_;
}

void JsonObjectWriter::string(std::string_view name, std::string_view value) {
    field(name) += json_quoted(value);
}

void JsonObjectWriter::strings(std::string_view name, std::vector<std::string> const& values) {
    field(name) += '[';
    for (auto const& value : values) {
        if (text_.back() != '[')
            text_ += ',';
        text_ += json_quoted(value);
    }
    text_ += ']';
}

} // namespace e2b::cli
