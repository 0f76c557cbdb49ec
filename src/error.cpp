#include "core/utf8.hpp"

#include <e2b/error.hpp>
#include <e2b/result.hpp>

#include <array>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>

namespace e2b::inline v0 {

namespace {

using boost::system::error_code;
using boost::system::error_condition;

struct ErrcText {
    Errc value;
    std::string_view name;
    std::string_view message;
};

constexpr std::array errc_texts{
    ErrcText{Errc::invalid_argument, "invalid_argument", "an argument is not allowed"},
    ErrcText{Errc::cancelled, "cancelled", "the caller cancelled the call"},
    ErrcText{Errc::deadline, "deadline", "the call's time was used up"},
    ErrcText{Errc::client_closed, "client_closed", "the client was closed"},
    ErrcText{Errc::pool_overflow, "pool_overflow", "too many calls wait for a connection"},
    ErrcText{Errc::dns_not_found, "dns_not_found", "the host's name does not exist"},
    ErrcText{Errc::dns_temporary, "dns_temporary", "the host's name could not be looked up now"},
    ErrcText{Errc::connect_failed, "connect_failed", "no address accepted a connection"},
    ErrcText{Errc::connect_timeout, "connect_timeout", "no address answered in time"},
    ErrcText{Errc::resource, "resource", "the process is out of descriptors, ports or memory"},
    ErrcText{Errc::proxy_auth, "proxy_auth", "the proxy wants other credentials"},
    ErrcText{Errc::proxy_rejected, "proxy_rejected", "the proxy refused the tunnel"},
    ErrcText{Errc::proxy_protocol, "proxy_protocol", "the proxy did not speak HTTP"},
    ErrcText{Errc::tls_handshake, "tls_handshake", "the TLS handshake failed"},
    ErrcText{Errc::tls_verify, "tls_verify", "the server's certificate is not acceptable"},
    ErrcText{Errc::tls_client_auth, "tls_client_auth", "the server refused the client's certificate"},
    ErrcText{Errc::stale, "stale", "the connection was dead before the request was sent"},
    ErrcText{Errc::write_failed, "write_failed", "sending the request failed"},
    ErrcText{Errc::write_timeout, "write_timeout", "the request could not be sent in time"},
    ErrcText{Errc::closed_before_response, "closed_before_response",
             "the server hung up before it responded"},
    ErrcText{Errc::reset, "reset", "the connection was reset after the request was sent"},
    ErrcText{Errc::timeout, "timeout", "no whole response came in time"},
    ErrcText{Errc::tls, "tls", "TLS failed after the request was sent"},
    ErrcText{Errc::protocol, "protocol", "the response is not acceptable HTTP"},
    ErrcText{Errc::truncated, "truncated", "the response was cut off"},
    ErrcText{Errc::malformed, "malformed", "the response's body is not what the call asks for"},
    ErrcText{Errc::out_of_memory, "out_of_memory", "the process has no memory for the response"},
    ErrcText{Errc::unexpected_status, "unexpected_status", "the status is none that this request gets"},
    ErrcText{Errc::redirect_refused, "redirect_refused", "the server redirects, which is not followed"},
    ErrcText{Errc::bad_request, "bad_request", "the platform refused the request as invalid"},
    ErrcText{Errc::unauthorized, "unauthorized", "the API key is missing, malformed or unknown"},
    ErrcText{Errc::forbidden, "forbidden", "the team may not do this"},
    ErrcText{Errc::not_found, "not_found",
             "there is no such sandbox, snapshot or template, or it does not run"},
    ErrcText{Errc::conflict, "conflict", "another operation on the sandbox is in flight"},
    ErrcText{Errc::refused, "refused", "the platform refused the request"},
    ErrcText{Errc::rate_limited, "rate_limited", "too many requests"},
    ErrcText{Errc::busy, "busy", "the sandbox's node has no free slot"},
    ErrcText{Errc::in_use, "in_use", "sandboxes still run on it"},
    ErrcText{Errc::unsupported, "unsupported", "this kind of snapshot cannot be had of this sandbox"},
    ErrcText{Errc::no_such_endpoint, "no_such_endpoint",
             "the URL has no such endpoint; is the path prefix missing?"},
    ErrcText{Errc::server_error, "server_error", "the platform failed"},
};

struct ConditionText {
    Condition value;
    std::string_view name;
    std::string_view message;
};

constexpr std::array condition_texts{
    ConditionText{Condition::transient, "transient",
                  "nothing was done, and the same request can succeed later"},
    ConditionText{Condition::client_error, "client_error", "the platform answered with a 4xx"},
    ConditionText{Condition::server_error, "server_error", "the platform failed"},
    ConditionText{Condition::connect_error, "connect_error", "the connection could not be opened"},
    ConditionText{Condition::fatal, "fatal", "every request would fail in the same way"},
};

ConditionText const* find_condition(int value) noexcept {
    for (auto const& text : condition_texts) {
        if (static_cast<int>(text.value) == value)
            return &text;
    }
    return nullptr;
}

ErrcText const* find_text(int value) noexcept {
    for (auto const& text : errc_texts) {
        if (static_cast<int>(text.value) == value)
            return &text;
    }
    return nullptr;
}

bool is_fatal(Errc value) noexcept {
    switch (value) {
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::tls_verify:
    case Errc::tls_client_auth:
    case Errc::proxy_auth:
    case Errc::client_closed:
    case Errc::no_such_endpoint:
        return true;
    default:
        return false;
    }
}

bool belongs_to(Errc value, Condition condition) noexcept {
    if (condition == Condition::fatal)
        return is_fatal(value);
    switch (value) {
    case Errc::pool_overflow:
    case Errc::stale:
    case Errc::write_failed:
    case Errc::write_timeout:
        return condition == Condition::transient;
    case Errc::dns_temporary:
    case Errc::connect_failed:
    case Errc::connect_timeout:
    case Errc::resource:
    case Errc::tls_handshake:
        return condition == Condition::transient || condition == Condition::connect_error;
    case Errc::dns_not_found:
    case Errc::proxy_auth:
    case Errc::proxy_rejected:
    case Errc::proxy_protocol:
    case Errc::tls_verify:
    case Errc::tls_client_auth:
        return condition == Condition::connect_error;
    case Errc::bad_request:
    case Errc::unauthorized:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::refused:
    case Errc::in_use:
    case Errc::unsupported:
    case Errc::no_such_endpoint:
        return condition == Condition::client_error;
    case Errc::conflict:
    case Errc::rate_limited:
        return condition == Condition::client_error || condition == Condition::transient;
    case Errc::busy:
        return condition == Condition::server_error || condition == Condition::transient;
    case Errc::server_error:
        return condition == Condition::server_error;
    default:
        return false;
    }
}

class Category final : public boost::system::error_category {
public:
    [[nodiscard]] char const* name() const noexcept override { return "e2b"; }

    [[nodiscard]] std::string message(int value) const override {
        auto const* const text = find_text(value);
        return std::string(text != nullptr ? text->message : "unknown error");
    }

    using boost::system::error_category::equivalent;
    [[nodiscard]] bool equivalent(int value, error_condition const& condition) const noexcept override {
        if (condition.category() == condition_category())
            return belongs_to(static_cast<Errc>(value), static_cast<Condition>(condition.value()));
        return boost::system::error_category::equivalent(value, condition);
    }
};

class ConditionCategory final : public boost::system::error_category {
public:
    [[nodiscard]] char const* name() const noexcept override { return "e2b.condition"; }

    [[nodiscard]] std::string message(int value) const override {
        auto const* const text = find_condition(value);
        return std::string(text != nullptr ? text->message : "unknown condition");
    }
};

std::string milliseconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
}

// C0, DEL, and C1 in its UTF-8 form: terminals obey all of them.
bool is_control(std::string_view character) noexcept {
    auto const lead = static_cast<unsigned char>(character[0]);
    return lead < 0x20 || lead == 0x7f || (lead == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0);
}

} // namespace

std::string_view to_string(Outcome value) noexcept {
    switch (value) {
    case Outcome::created:
        return "created";
    case Outcome::rejected:
        return "rejected";
    case Outcome::not_sent:
        return "not_sent";
    case Outcome::unknown:
        return "unknown";
    case Outcome::succeeded:
        return "succeeded";
    }
    return "invalid";
}

std::string_view to_string(Phase value) noexcept {
    switch (value) {
    case Phase::argument:
        return "argument";
    case Phase::pool_wait:
        return "pool_wait";
    case Phase::dns:
        return "dns";
    case Phase::connect:
        return "connect";
    case Phase::proxy:
        return "proxy";
    case Phase::handshake:
        return "handshake";
    case Phase::write:
        return "write";
    case Phase::first_byte:
        return "first_byte";
    case Phase::interim:
        return "interim";
    case Phase::head:
        return "head";
    case Phase::body:
        return "body";
    case Phase::complete:
        return "complete";
    case Phase::retry_wait:
        return "retry_wait";
    }
    return "invalid";
}

std::string_view to_string(Errc value) noexcept {
    auto const* const text = find_text(static_cast<int>(value));
    return text != nullptr ? text->name : "none";
}

std::string_view to_string(Condition value) noexcept {
    auto const* const text = find_condition(static_cast<int>(value));
    return text != nullptr ? text->name : "none";
}

boost::system::error_category const& error_category() noexcept {
    static Category const category;
    return category;
}

boost::system::error_category const& condition_category() noexcept {
    static ConditionCategory const category;
    return category;
}

error_code make_error_code(Errc value) noexcept {
    return {static_cast<int>(value), error_category()};
}

error_condition make_error_condition(Condition value) noexcept {
    return {static_cast<int>(value), condition_category()};
}

bool operator==(Errc error, Condition condition) noexcept {
    return belongs_to(error, condition);
}

std::ostream& operator<<(std::ostream& out, Outcome value) {
    return out << to_string(value);
}

std::ostream& operator<<(std::ostream& out, Phase value) {
    return out << to_string(value);
}

std::ostream& operator<<(std::ostream& out, Errc value) {
    return out << to_string(value);
}

std::ostream& operator<<(std::ostream& out, Condition value) {
    return out << to_string(value);
}

std::ostream& operator<<(std::ostream& out, Failure const& failure) {
    return out << failure.to_string();
}

Failure::Failure() : Failure(Outcome::unknown, Errc{}, Phase::argument) {}

Failure::Failure(Outcome how, Errc why, Phase where) : outcome(how), error(why), phase(where) {}

std::string Failure::to_string() const {
    std::string line;
    line.append(e2b::to_string(outcome)).append(": ").append(e2b::to_string(error)).append(" in ");
    line.append(e2b::to_string(phase)).append(" (").append(make_error_code(error).message());
    line.append(", attempts ").append(std::to_string(attempts)).append(", ").append(milliseconds(elapsed));
    if (http_status != 0)
        line.append(", status ").append(std::to_string(http_status));
    if (server_code)
        line.append(", server code ").append(std::to_string(*server_code));
    if (!server_error_code.empty())
        line.append(", error code ").append(printable(server_error_code));
    if (!trace_id.empty())
        line.append(", trace ").append(printable(trace_id));
    if (retry_after)
        line.append(", retry after ")
            .append(std::to_string(std::chrono::ceil<std::chrono::seconds>(*retry_after).count()))
            .append(" s");
    line.append(")");
    if (!detail.empty())
        line.append("; ").append(printable(detail));
    if (!server_message.empty())
        line.append("; the server says: ").append(printable(server_message));
    if (cause)
        line.append("; cause: ").append(printable(cause.message()));
    return line;
}

void detail::throw_failure(Failure const& failure) {
    throw SnapshotError(failure);
}

SnapshotError::SnapshotError(Failure failure)
    : std::runtime_error(failure.to_string()),
      failure_(std::move(failure)) {}

ConfigError::ConfigError(std::string field, std::string const& problem)
    : std::invalid_argument(field + ": " + problem),
      field_(std::move(field)) {}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const length = core::utf8_length(text);
        auto const character = text.substr(0, length == 0 ? 1 : length);
        if (length == 0 || is_control(character))
            append_escaped(result, character);
        else
            result.append(character);
        text.remove_prefix(character.size());
    }
    return result;
}

} // namespace e2b::inline v0
