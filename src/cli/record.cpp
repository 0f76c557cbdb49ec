#include "cli/record.hpp"

#include "cli/json_fields.hpp"
#include "cli/timestamp.hpp"
#include "cli/values.hpp"

#include <utility>

namespace e2b::cli {
namespace {

char const* to_text(NameUniqueness value) {
    switch (value) {
    case NameUniqueness::tag:
        return "tag";
    case NameUniqueness::alias:
        return "alias";
    case NameUniqueness::none:
        break;
    }
    return "none";
}

// What `reconcile` goes by.
void write_question(JsonObjectWriter& object, Record const& record) {
    if (record.last_try)
        object.string("startedAt", format_time(*record.last_try));
    if (record.uniqueness != NameUniqueness::none)
        object.string("unique", to_text(record.uniqueness));
}

std::string at_line(std::size_t line) {
    return line == 0 ? "" : "line " + std::to_string(line) + ": ";
}

// What was wrong: the server's words, or else the library's, or else what the error means.
std::string describe(Failure const& failure) {
    std::string text = make_error_code(failure.error).message();
    // Who answers there knows nothing of what is wrong.
    if (failure.error == Errc::no_such_endpoint)
        return failure.server_message.empty() ? text : text + " The server says: " + failure.server_message;
    if (!failure.server_message.empty())
        return failure.server_message;
    if (!failure.detail.empty())
        return failure.detail;
    if (failure.cause)
        text += ": " + failure.cause.message();
    return text;
}

Record::Error make_error(Failure const& failure, std::size_t line) {
    std::string message = describe(failure);
    if (failure.error == Errc::invalid_argument)
        message.insert(0, at_line(line));
    std::optional<std::chrono::seconds> retry_after;
    if (failure.retry_after)
        retry_after = std::chrono::ceil<std::chrono::seconds>(*failure.retry_after);
    return {failure.error, std::move(message), retry_after, failure.server_error_code, failure.trace_id};
}

void write_error(std::string& text, Record::Error const& error) {
    JsonObjectWriter object(text);
    object.string("code", to_string(error.code));
    object.string("message", error.message);
    write_server_words(object, error.error_code, error.trace_id);
    if (error.retry_after)
        object.number("retry_after_s", std::to_string(error.retry_after->count()));
    object.end();
}

} // namespace

Record make_record(std::string sandbox_id, Result<SnapshotInfo> result, std::size_t line) {
    Record record;
    record.sandbox_id = std::move(sandbox_id);
    record.outcome = result.outcome();
    record.attempts = result.attempts();
    record.elapsed = result.elapsed();
    if (result.has_value()) {
        record.snapshot_id = std::move(result->snapshot_id);
        record.names = std::move(result->names);
        record.http_status = 201;
    } else {
        record.http_status = result.error().http_status;
        record.error = make_error(result.error(), line);
    }
    return record;
}

Record make_invalid_record(std::string sandbox_id, std::string const& problem, std::size_t line) {
    Record record;
    record.sandbox_id = std::move(sandbox_id);
    record.error = Record::Error{Errc::invalid_argument, at_line(line) + problem, {}};
    return record;
}

std::string to_json_line(Record const& record) {
    std::string text;
    JsonObjectWriter object(text);
    if (!record.sandbox_id.empty())
        object.string("sandboxID", record.sandbox_id);
    if (record.name)
        object.string("name", *record.name);
    write_kind(object, record.memory);
    object.string("outcome", to_string(record.outcome));
    if (record.outcome == Outcome::created) {
        object.string("snapshotID", record.snapshot_id);
        object.strings("names", record.names);
    }
    object.number("attempts", std::to_string(record.attempts));
    object.number("elapsed_ms", format_milliseconds(record.elapsed));
    if (record.http_status != 0)
        object.number("http_status", std::to_string(record.http_status));
    if (record.http_status != 0 && record.outcome == Outcome::unknown)
        object.number("status_seen", std::to_string(record.http_status));
    if (record.outcome == Outcome::unknown)
        write_question(object, record);
    if (record.error)
        write_error(object.field("error"), *record.error);
    object.end();
    text += '\n';
    return text;
}

std::string to_text_line(Record const& record) {
    std::string text(to_string(record.outcome));
    text.resize(10, ' ');
    text += record.sandbox_id.empty() ? "-" : printable(record.sandbox_id);
    text += "  ";
    if (record.outcome == Outcome::created) {
        text += printable(record.snapshot_id);
        for (auto const& name : record.names)
            text += ' ' + printable(name);
    }
    if (record.error) {
        text += to_string(record.error->code);
        text += ": " + printable(record.error->message);
        if (!record.error->error_code.empty())
            text += " [" + printable(record.error->error_code) + ']';
        if (record.error->retry_after)
            text += " (retry after " + std::to_string(record.error->retry_after->count()) + " s)";
        if (!record.error->trace_id.empty())
            text += "  trace " + printable(record.error->trace_id);
    }
    if (record.attempts > 1)
        text += "  " + std::to_string(record.attempts) + " attempts";
    if (record.attempts > 0)
        text += "  " + format_duration(record.elapsed);
    text += '\n';
    return text;
}

void write_server_words(JsonObjectWriter& error, std::string const& error_code, std::string const& trace_id) {
    if (!error_code.empty())
        error.string("error_code", error_code);
    if (!trace_id.empty())
        error.string("trace_id", trace_id);
}

std::optional<Outcome> parse_outcome(std::string_view name) {
    for (auto const outcome : {Outcome::created, Outcome::rejected, Outcome::not_sent, Outcome::unknown}) {
        if (to_string(outcome) == name)
            return outcome;
    }
    return std::nullopt;
}

std::optional<Errc> parse_error(std::string_view name) {
    for (int value = 1; value <= static_cast<int>(Errc::server_error); ++value) {
        if (to_string(static_cast<Errc>(value)) == name)
            return static_cast<Errc>(value);
    }
    return std::nullopt;
}

std::optional<NameUniqueness> parse_uniqueness(std::string_view name) {
    for (auto const uniqueness : {NameUniqueness::none, NameUniqueness::tag, NameUniqueness::alias}) {
        if (to_text(uniqueness) == name)
            return uniqueness;
    }
    return std::nullopt;
}

} // namespace e2b::cli
