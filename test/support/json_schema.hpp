// Whether a JSON value is as a schema says: as much of JSON Schema as the project's own schemas use.
#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace e2b::test {

class JsonSchema {
public:
    // Throws where the file is not there, or uses a keyword that is not known here.
    static JsonSchema load(std::string const& path);
    explicit JsonSchema(boost::json::value root);
    // The same schema, in which objects whose properties are described have no others.
    [[nodiscard]] JsonSchema closed() const;

    // What is wrong with the value, with the path to it; nothing where it fits. `definition` is one of
    // `$defs`; without one the whole schema counts.
    [[nodiscard]] std::optional<std::string> find_problem(boost::json::value const& value,
                                                          std::string const& definition = "") const;

private:
    using Problem = std::optional<std::string>;
    [[nodiscard]] Problem check(boost::json::object const& schema, boost::json::value const& value,
                                std::string const& at) const;
    [[nodiscard]] Problem check_object(boost::json::object const& schema, boost::json::object const& value,
                                       std::string const& at) const;

    boost::json::value root_;
};

} // namespace e2b::test
