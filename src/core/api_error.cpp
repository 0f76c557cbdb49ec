#include "core/api_error.hpp"

#include "base/ascii.hpp"
#include "core/json_events.hpp"
#include "core/redact.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace e2b::core {

using namespace base;

namespace json = boost::json;

namespace {

constexpr std::size_t max_text = 512;
// Of what is not JSON: enough for a line.
constexpr std::size_t max_line = 120;
// Of what is not JSON, no more is read.
constexpr std::size_t max_page = 16 * 1024;
// What has another form than the API's is read only up to this size, since a tree is built of it.
constexpr std::size_t max_tree = 64 * 1024;

// What the platform's check of requests against its contract says of a path, or of a method, that is not in
// it.
bool is_of_router(std::string_view message) noexcept {
    constexpr std::string_view start = "validation error: ";
    if (message.starts_with(start))
        message.remove_prefix(start.size());
    return message == "no matching operation was found" || message == "method not allowed";
}

class ErrorEvents : public JsonEvents<ErrorEvents> {
public:
    bool member(std::string_view key) {
        member_ = key == "code"         ? Member::code
                  : key == "message"    ? Member::message
                  : key == "error_code" ? Member::error_code
                                        : Member::other;
        return true;
    }

    bool value(JsonKind kind) {
        target_ = nullptr;
        bool const is_text = depth() == 1 && kind == JsonKind::string;
        if (is_text && member_ == Member::code) {
            target_ = &code_;
            has_code_ = true;
        } else if (is_text && member_ == Member::message) {
            target_ = &error_.message;
            has_message_ = true;
        } else if (is_text && member_ == Member::error_code) {
            target_ = &error_.error_code;
        }
        return true;
    }

    bool text(std::string_view part) {
        if (target_ != nullptr)
            target_->append(part);
        return true;
    }

    void integer(std::int64_t number) {
        using Limits = std::numeric_limits<int>;
        if (member_ != Member::code || depth() != 1 || number < Limits::min() || number > Limits::max())
            return;
        error_.code = static_cast<int>(number);
        has_code_ = true;
    }

    // Nothing where there is no `message`.
    std::optional<ApiError> take() {
        if (!has_message_)
            return std::nullopt;
        error_.is_api = has_code_ && !is_of_router(error_.message);
        if (error_.error_code.empty())
            error_.error_code = std::move(code_);
        return std::move(error_);
    }

private:
    enum class Member { other, code, message, error_code };

    ApiError error_;
    std::string code_;
    std::string* target_ = nullptr;
    Member member_ = Member::other;
    bool has_code_ = false;
    bool has_message_ = false;
};

std::optional<ApiError> read_api_form(std::string_view body) {
    boost::json::basic_parser<ErrorEvents> parser{boost::json::parse_options()};
    if (!read_json(body, parser))
        return std::nullopt;
    return parser.handler().take();
}

std::string string_at(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    auto const* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

// The words in `error`, `detail` and the like, which are text, an object with the text, or a list of these.
std::string words_in(json::value const& value) {
    if (auto const* const text = value.if_string())
        return {text->data(), text->size()};
    if (auto const* const list = value.if_array())
        return list->empty() ? std::string() : words_in(list->front());
    auto const* const object = value.if_object();
    if (object == nullptr)
        return {};
    for (auto const* const name : {"message", "msg", "error", "detail"}) {
        auto const* const member = object->if_contains(name);
        if (auto words = member != nullptr ? words_in(*member) : std::string(); !words.empty())
            return words;
    }
    return {};
}

// The words of a JSON document of another form; nothing where it is no JSON.
std::optional<ApiError> read_other_form(std::string_view body) {
    if (body.size() > max_tree)
        return std::nullopt;
    std::array<unsigned char, 4 * 1024> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    boost::system::error_code failed;
    auto const value = json::parse({body.data(), body.size()}, failed, &memory);
    if (failed)
        return std::nullopt;
    ApiError error;
    error.message = words_in(value);
    if (auto const* const object = value.if_object()) {
        error.error_code = string_at(*object, "error_code");
        auto const* const inner = object->if_contains("error");
        if (error.error_code.empty() && inner != nullptr && inner->is_object())
            error.error_code = string_at(inner->get_object(), "code");
    }
    return error;
}

std::size_t find_word(std::string_view text, std::string_view word) noexcept {
    auto const found = std::ranges::search(text, word, {}, [](char c) { return to_lower(c); });
    return found.empty() ? text.npos : static_cast<std::size_t>(found.begin() - text.begin());
}

// What stands between <title> and </title>; the whole page where there is none.
std::string_view title_of(std::string_view page) noexcept {
    auto const opens = find_word(page, "<title");
    if (opens == page.npos)
        return page;
    auto title = page.substr(opens);
    title.remove_prefix(std::min(title.find('>'), title.size() - 1) + 1);
    return title.substr(0, find_word(title, "</title"));
}

// Without tags, and with one space for any white space.
std::string without_tags(std::string_view page) {
    std::string text;
    bool in_tag = false;
    for (char const c : page) {
        bool const is_space = static_cast<unsigned char>(c) <= ' ' || c == '<' || in_tag;
        in_tag = c == '<' || (in_tag && c != '>');
        if (!is_space)
            text += c;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    if (text.ends_with(' '))
        text.pop_back();
    return text;
}

// A page of HTML by its title, any other text by its beginning.
std::string line_of(std::string_view page) {
    bool const is_html = page.find('<') != page.npos;
    return without_tags(is_html ? title_of(page) : page);
}

} // namespace

ApiError parse_api_error(std::string_view body, std::string_view secret) {
    auto error = read_api_form(body);
    if (!error)
        error = read_other_form(body);
    if (!error) {
        // Twice: what cuts the page, or joins its lines, must neither leave half of the secret nor make it
        // whole.
        ApiError text;
        text.message = redacted(line_of(redacted(body, secret, max_page)), secret, max_line);
        return text;
    }
    error->message = redacted(error->message, secret, max_text);
    error->error_code = redacted(error->error_code, secret, max_text);
    return std::move(*error);
}

bool is_unsupported(std::string_view error_code) noexcept {
    return error_code == "snapshot_filesystem_only_disabled" ||
           error_code == "snapshot_filesystem_only_unsupported_node";
}

} // namespace e2b::core
