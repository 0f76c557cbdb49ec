#include "simulator/json.hpp"

#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace e2b::sim {

bool JsonObject::parse(std::string_view text) {
    boost::system::error_code error;
    auto parsed = boost::json::parse({text.data(), text.size()}, error, &resource_);
    if (error || !parsed.is_object())
        return false;
    value_.emplace(std::move(parsed)); // keeps the resource, as assigning would not
    return true;
}

boost::json::value const* JsonObject::find(std::string_view name) const noexcept {
    return value_->get_object().if_contains({name.data(), name.size()});
}

} // namespace e2b::sim
