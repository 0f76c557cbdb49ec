#include "cli/output/record.hpp"

#include "cli/basics/json_fields.hpp"
#include "cli/basics/timestamp.hpp"
#include "cli/basics/values.hpp"

#include <array>
#include <limits>
#include <utility>

namespace e2b::cli {
namespace {

constexpr double most_counted = std::numeric_limits<unsigned>::max();
constexpr double most_elapsed_ms = 1e12; // 31 years, and within what nanoseconds can count

constexpr std::array uniquenesses{NameUniqueness::none, NameUniqueness::tag, NameUniqueness::alias};

std::string_view to_string(NameUniqueness value) {
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

// What was wrong: the server's words, or else the library's, or else what the error means.
std::string describe(Failure const& failure) {
    std::string text = make_error_code(failure.error).message();
    // Who answers there knows nothing of what is wrong.
    if (failure.error == Errc::no_such_endpoint)
        return failure.server_message.empty() ? text : text + " The server says: " + failure.server_message;
    if (!failure.server_message.empty())
        return failure.server_message;
    bool const is_whole = failure.phase != Phase::dns && failure.phase != Phase::connect;
    if (!failure.detail.empty())
        text = failure.detail;
    if (!failure.detail.empty() && is_whole)
        return text;
    if (failure.cause)
        text += ": " + failure.cause.message();
    return text;
}

void write_kind(JsonObjectWriter& object, SnapshotKind kind) {
    if (kind == SnapshotKind::filesystem)
        object.boolean("memory", false);
}

std::optional<Record::Error> read_error(boost::json::object const& object) {
    auto const* const error = object_at(object, "error");
    if (error == nullptr)
        return std::nullopt;
    Record::Error result;
    result.code = parse_error(text_at(*error, "code").value_or("")).value_or(Errc());
    result.message = text_at(*error, "message").value_or("");
    result.error_code = text_at(*error, "errorCode").value_or("");
    result.trace_id = text_at(*error, "traceID").value_or("");
    if (auto const seconds = number_at(*error, "retryAfterS", most_counted))
        result.retry_after = std::chrono::seconds(static_cast<long long>(*seconds));
    return result;
}

unsigned count_at(boost::json::object const& object, std::string_view name, unsigned otherwise = 0) {
    return static_cast<unsigned>(number_at(object, name, most_counted).value_or(otherwise));
}

// The error in words, for people.
std::string to_text(Record::Error const& error) {
    std::string text(to_string(error.code));
    text += ": " + printable(error.message);
    if (!error.error_code.empty())
        text += " [" + printable(error.error_code) + ']';
    if (error.retry_after)
        text += " (retry after " + std::to_string(error.retry_after->count()) + " s)";
    if (!error.trace_id.empty())
        text += "  trace " + printable(error.trace_id);
    return text;
}

} // namespace

Record::Error make_error(Failure const& failure) {
    std::optional<std::chrono::seconds> retry_after;
    if (failure.retry_after)
        retry_after = std::chrono::ceil<std::chrono::seconds>(*failure.retry_after);
    return {failure.error, describe(failure), failure.server_error_code, failure.trace_id, retry_after};
}

Record make_record(SnapshotRequest const& request, Result<SnapshotInfo> result) {
    Record record;
    record.sandbox_id = request.sandbox_id;
    record.name = request.name;
    record.memory = request.memory;
    record.outcome = result.outcome();
    record.attempts = result.attempts();
    record.elapsed = result.elapsed();
    if (result.has_value()) {
        record.snapshot_id = std::move(result->snapshot_id);
        record.names = std::move(result->names);
        record.http_status = 201;
    } else {
        record.http_status = result.error().http_status;
        record.error = make_error(result.error());
    }
    return record;
}

Record make_invalid_record(std::size_t line, std::string sandbox_id, std::string const& problem) {
    Record record;
    record.line = line;
    record.sandbox_id = std::move(sandbox_id);
    record.error = Record::Error{Errc::invalid_argument, problem};
    return record;
}

void write_request(JsonObjectWriter& object, SnapshotRequest const& request) {
    object.string("sandboxID", request.sandbox_id);
    if (request.name)
        object.string("name", *request.name);
    write_kind(object, request.memory);
}

void write_error(JsonObjectWriter& object, Record::Error const& error) {
    object.string("code", to_string(error.code));
    object.string("message", error.message);
    if (!error.error_code.empty())
        object.string("errorCode", error.error_code);
    if (!error.trace_id.empty())
        object.string("traceID", error.trace_id);
    if (error.retry_after)
        object.number("retryAfterS", std::to_string(error.retry_after->count()));
}

void write_record(JsonObjectWriter& object, Record const& record) {
    if (!record.sandbox_id.empty())
        object.string("sandboxID", record.sandbox_id);
    if (record.name)
        object.string("name", *record.name);
    write_kind(object, record.memory);
    if (record.uniqueness != NameUniqueness::none)
        object.string("unique", to_string(record.uniqueness));
    if (record.line > 0)
        object.number("line", std::to_string(record.line));
    if (record.copy > 1)
        object.number("copy", std::to_string(record.copy));
    object.string("outcome", to_string(record.outcome));
    if (record.outcome == Outcome::created) {
        object.string("snapshotID", record.snapshot_id);
        object.strings("names", record.names);
    }
    object.number("attempts", std::to_string(record.attempts));
    if (record.elapsed)
        object.number("elapsedMs", format_milliseconds(*record.elapsed));
    if (record.http_status != 0)
        object.number("httpStatus", std::to_string(record.http_status));
    if (record.started_at)
        object.string("startedAt", format_time(*record.started_at));
    if (record.ended_at)
        object.string("endedAt", format_time(*record.ended_at));
    if (record.error) {
        JsonObjectWriter error(object.field("error"));
        write_error(error, *record.error);
        error.end();
    }
}

std::string to_json_line(Record const& record) {
    std::string text;
    JsonObjectWriter object(text);
    object.number("schema", std::to_string(record_schema));
    write_record(object, record);
    object.end();
    return text + '\n';
}

std::string_view colour_of(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::created:
    case Outcome::succeeded:
        return "\x1b[32m"; // green
    case Outcome::rejected:
        return "\x1b[31m"; // red
    case Outcome::not_sent:
        return "\x1b[33m"; // yellow
    case Outcome::unknown:
        break;
    }
    return "\x1b[35m"; // magenta
}

std::string to_text_line(Record const& record, bool in_colour) {
    std::string text(to_string(record.outcome));
    text.resize(10, ' ');
    if (in_colour)
        text = std::string(colour_of(record.outcome)) + text + std::string(end_of_colour);
    text += record.sandbox_id.empty() ? "-" : printable(record.sandbox_id);
    text += "  ";
    if (record.outcome == Outcome::created) {
        text += printable(record.snapshot_id);
        for (auto const& name : record.names)
            text += ' ' + printable(name);
    }
    if (record.error && record.error->code == Errc::invalid_argument && record.line > 0)
        text += "line " + std::to_string(record.line) + ": ";
    if (record.error)
        text += to_text(*record.error);
    if (record.attempts > 1)
        text += "  " + std::to_string(record.attempts) + " attempts";
    if (record.attempts > 0 && record.elapsed)
        text += "  " + format_duration(*record.elapsed);
    return text + '\n';
}

std::optional<Record> read_record(boost::json::object const& object) {
    auto id = text_at(object, "sandboxID");
    auto const outcome = parse_outcome(text_at(object, "outcome").value_or(""));
    if (!id || !outcome)
        return std::nullopt;
    Record record;
    record.line = count_at(object, "line");
    record.copy = count_at(object, "copy", 1);
    record.sandbox_id = std::move(*id);
    record.name = text_at(object, "name");
    record.memory = kind_at(object);
    record.uniqueness =
        parse_uniqueness(text_at(object, "unique").value_or("none")).value_or(NameUniqueness::none);
    record.outcome = *outcome;
    record.snapshot_id = text_at(object, "snapshotID").value_or("");
    record.names = texts_at(object, "names").value_or(std::vector<std::string>());
    record.attempts = count_at(object, "attempts");
    record.elapsed.reset();
    if (auto const elapsed = number_at(object, "elapsedMs", most_elapsed_ms))
        record.elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double, std::milli>(*elapsed));
    record.http_status = count_at(object, "httpStatus");
    record.started_at = parse_time(text_at(object, "startedAt").value_or(""));
    record.ended_at = parse_time(text_at(object, "endedAt").value_or(""));
    record.error = read_error(object);
    return record;
}

std::optional<Outcome> parse_outcome(std::string_view name) {
    for (auto const outcome : all_outcomes) {
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
    for (auto const uniqueness : uniquenesses) {
        if (to_string(uniqueness) == name)
            return uniqueness;
    }
    return std::nullopt;
}

} // namespace e2b::cli
