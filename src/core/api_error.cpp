#include "core/api_error.hpp"

#include "core/json_events.hpp"
#include "core/redact.hpp"

#include <limits>
#include <utility>

namespace e2b::core {

namespace {

constexpr std::size_t max_text = 512;

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
        if (member_ == Member::code)
            return kind == JsonKind::number;
        if (member_ == Member::message) {
            target_ = &error_.message;
            has_message_ = true;
            return kind == JsonKind::string;
        }
        if (member_ == Member::error_code && depth() == 1 && kind == JsonKind::string)
            target_ = &error_.error_code;
        return true;
    }

    bool text(std::string_view part) {
        if (target_ != nullptr)
            target_->append(part);
        return true;
    }

    void integer(std::int64_t number) {
        using Limits = std::numeric_limits<int>;
        if (member_ != Member::code || number < Limits::min() || number > Limits::max())
            return;
        error_.code = static_cast<int>(number);
        has_code_ = true;
    }

    std::optional<ApiError> take() {
        if (!has_code_ || !has_message_)
            return std::nullopt;
        return std::move(error_);
    }

private:
    enum class Member { other, code, message, error_code };

    ApiError error_;
    std::string* target_ = nullptr;
    Member member_ = Member::other;
    bool has_code_ = false;
    bool has_message_ = false;
};

// First out with the secret, then the cut, which could otherwise leave half of it standing.
std::string tame(std::string text, std::string_view secret) {
    redact(text, secret);
    if (text.size() > max_text) {
        auto end = max_text;
        while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
            --end;
        text.resize(end);
    }
    return text;
}

} // namespace

std::optional<ApiError> parse_api_error(std::string_view body, std::string_view secret) {
    boost::json::basic_parser<ErrorEvents> parser{boost::json::parse_options()};
    if (!read_json(body, parser))
        return std::nullopt;
    auto error = parser.handler().take();
    if (error) {
        error->message = tame(std::move(error->message), secret);
        error->error_code = tame(std::move(error->error_code), secret);
    }
    return error;
}

} // namespace e2b::core
