#pragma once

#include "core/key_set.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace e2b::core {

/// What a value of a member is, or of an element below it.
enum class JsonKind { object, array, string, number, boolean, null };

/// Reads one JSON object without building it: the events of Boost.JSON's parser, boiled down to what a reader
/// of a small fixed object asks for. Refuses anything but an object and two members of the same key.
///
/// `Derived` has, each false to refuse:
/// - `bool member(std::string_view key)`: a member of the object begins;
/// - `bool value(JsonKind kind)`: its value begins (`depth() == 1`), or one nested in it (`depth() > 1`);
/// - `bool text(std::string_view part)`: the next part of a string value, after `value`;
/// - `void integer(std::int64_t number)`: a number that is one, after `value`.
template <class Derived>
class JsonEvents {
public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    using Error = boost::system::error_code;
    using Text = boost::json::string_view;

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error& error) { return open(JsonKind::object, error); }
    bool on_object_end(std::size_t, Error&) { return close(); }
    bool on_array_begin(Error& error) { return open(JsonKind::array, error); }
    bool on_array_end(std::size_t, Error&) { return close(); }

    bool on_string_part(Text part, std::size_t total, Error& error) { return string(part, total, error); }
    bool on_string(Text part, std::size_t total, Error& error) { return string(part, total, error); }

    bool on_key_part(Text part, std::size_t, Error& error) {
        return depth_ != 1 || accept(keys_.append({part.data(), part.size()}), error);
    }
    bool on_key(Text part, std::size_t, Error& error) {
        if (depth_ != 1)
            return true;
        return accept(
            keys_.append({part.data(), part.size()}) && keys_.close() && self().member(keys_.last()), error);
    }

    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t number, Text, Error& error) {
        if (!scalar(JsonKind::number, error))
            return false;
        self().integer(number);
        return true;
    }
    bool on_uint64(std::uint64_t, Text, Error& error) { return scalar(JsonKind::number, error); }
    bool on_double(double, Text, Error& error) { return scalar(JsonKind::number, error); }
    bool on_bool(bool, Error& error) { return scalar(JsonKind::boolean, error); }
    bool on_null(Error& error) { return scalar(JsonKind::null, error); }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

protected:
    /// How many objects and arrays are open.
    [[nodiscard]] unsigned depth() const noexcept { return depth_; }

private:
    Derived& self() noexcept { return static_cast<Derived&>(*this); }

    static bool accept(bool good, Error& error) {
        if (!good)
            error = make_error_code(boost::system::errc::bad_message);
        return good;
    }

    bool open(JsonKind kind, Error& error) {
        bool const good = depth_ == 0 ? kind == JsonKind::object : self().value(kind);
        ++depth_;
        return accept(good, error);
    }

    bool close() {
        --depth_;
        return true;
    }

    bool scalar(JsonKind kind, Error& error) { return accept(depth_ != 0 && self().value(kind), error); }

    // A string with escapes comes in several parts; `total` counts up to the end of this one.
    bool string(Text part, std::size_t total, Error& error) {
        if (total == part.size() && !scalar(JsonKind::string, error))
            return false;
        return accept(self().text({part.data(), part.size()}), error);
    }

    unsigned depth_ = 0;
    KeySet keys_;
};

/// Feeds `body` as one whole document; false if it is not one, or if the events refused it.
template <class Events>
bool read_json(std::string_view body, boost::json::basic_parser<Events>& parser) {
    boost::system::error_code error;
    return parser.write_some(false, body.data(), body.size(), error) == body.size() && !error;
}

} // namespace e2b::core
