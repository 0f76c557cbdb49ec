#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace e2b::sim {

/// A JSON object that was read from a request's body. Small ones need no memory but its own.
class JsonObject {
public:
    JsonObject() : resource_(buffer_.data(), buffer_.size()) {}

    /// False if the text is not one object. To be called once.
    bool parse(std::string_view text);

    /// Null for a member that is not there. Precondition: `parse` succeeded.
    [[nodiscard]] boost::json::value const* find(std::string_view name) const noexcept;

private:
    std::array<unsigned char, 2048> buffer_;
    boost::json::monotonic_resource resource_;
    std::optional<boost::json::value> value_;
};

} // namespace e2b::sim
