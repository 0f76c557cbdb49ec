#pragma once

#include <e2b/snapshot.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::cli {

// Fields of JSON objects that anybody may have written: what is not there, or of another type, is nothing.

[[nodiscard]] std::optional<std::string> text_at(boost::json::object const& object, std::string_view name);
[[nodiscard]] std::optional<std::vector<std::string>> texts_at(boost::json::object const& object,
                                                               std::string_view name);
// Cut to what is from 0 to `most`: not every number fits into every type.
[[nodiscard]] std::optional<double> number_at(boost::json::object const& object, std::string_view name,
                                              double most);
[[nodiscard]] boost::json::object const* object_at(boost::json::object const& object, std::string_view name);
// By `memory`, which is false for a snapshot of the filesystem alone.
[[nodiscard]] SnapshotKind kind_at(boost::json::object const& object);

} // namespace e2b::cli
