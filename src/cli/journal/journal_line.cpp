#include "cli/journal/journal_line.hpp"

#include "cli/basics/json_fields.hpp"
#include "cli/basics/timestamp.hpp"
#include "cli/input/shard_choice.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace e2b::cli {

namespace json = boost::json;

namespace {

constexpr double most_counted = std::numeric_limits<unsigned>::max();

std::optional<SnapshotRequest> read_request(json::object const& object) {
    auto id = text_at(object, "sandboxID");
    if (!id)
        return std::nullopt;
    SnapshotRequest request(std::move(*id), text_at(object, "name"));
    request.memory = kind_at(object);
    return request;
}

unsigned read_copy(json::object const& object) {
    return std::max(1U, static_cast<unsigned>(number_at(object, "copy", most_counted).value_or(1)));
}

void write_copy(JsonObjectWriter& object, unsigned copy) {
    if (copy > 1)
        object.number("copy", std::to_string(copy));
}

// As `to_text` writes it.
std::optional<FleetShard> read_shard(json::object const& object) {
    auto const text = text_at(object, "shard");
    if (!text)
        return std::nullopt;
    try {
        return parse_shard(*text);
    } catch (std::invalid_argument const&) {
        return std::nullopt;
    }
}

std::optional<JournalLine> read_run(json::object const& object) {
    auto const at = parse_time(text_at(object, "at").value_or(""));
    auto const id = text_at(object, "run");
    if (!at || !id || number_at(object, "schema", most_counted) != record_schema)
        return std::nullopt;
    RunLine line{{*at, *id}};
    line.name_template = text_at(object, "nameTemplate").value_or("");
    line.shard = read_shard(object);
    line.kind = kind_at(object);
    if (auto const* const settings = object_at(object, "settings")) {
        for (auto const& [name, value] : *settings) {
            if (value.is_string())
                line.settings.emplace_back(name, value.get_string());
        }
    }
    return line;
}

std::optional<JournalLine> read_try(json::object const& object, SnapshotRequest request) {
    auto const at = parse_time(text_at(object, "at").value_or(""));
    if (!at)
        return std::nullopt;
    return TryLine{std::move(request), read_copy(object), *at, texts_at(object, "baseline")};
}

std::optional<JournalLine> read_refused(json::object const& object, SnapshotRequest request) {
    RefusedLine line{std::move(request), read_copy(object)};
    line.error.code = parse_error(text_at(object, "code").value_or("")).value_or(Errc::busy);
    line.error.message = text_at(object, "message").value_or("");
    line.error.error_code = text_at(object, "errorCode").value_or("");
    line.error.trace_id = text_at(object, "traceID").value_or("");
    line.at = parse_time(text_at(object, "at").value_or(""));
    auto const* const sent = object.if_contains("sent");
    line.sent = sent == nullptr || !sent->is_bool() || sent->get_bool();
    return line;
}

std::optional<JournalLine> read_progress(json::object const& object) {
    auto const at = parse_time(text_at(object, "at").value_or(""));
    if (!at)
        return std::nullopt;
    auto const count = [&](char const* name) {
        return static_cast<std::uint64_t>(number_at(object, name, most_counted).value_or(0));
    };
    return ProgressLine{*at, count("inFlight"), count("window")};
}

} // namespace

std::string to_text(RunLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "run");
    object.number("schema", std::to_string(record_schema));
    object.string("run", line.run.id);
    object.string("at", format_time(line.run.began));
    if (!line.name_template.empty())
        object.string("nameTemplate", line.name_template);
    if (line.shard)
        object.string("shard", format_shard(*line.shard));
    if (line.kind == SnapshotKind::filesystem)
        object.boolean("memory", false);
    if (!line.settings.empty()) {
        JsonObjectWriter settings(object.field("settings"));
        for (auto const& [name, value] : line.settings)
            settings.string(name, value);
        settings.end();
    }
    object.end();
    return text + '\n';
}

std::string to_text(TryLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "try");
    write_request(object, line.request);
    write_copy(object, line.copy);
    object.string("at", format_time(line.at));
    if (line.baseline)
        object.strings("baseline", *line.baseline);
    object.end();
    return text + '\n';
}

std::string to_text(RefusedLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "refused");
    write_request(object, line.request);
    write_copy(object, line.copy);
    if (line.at)
        object.string("at", format_time(*line.at));
    if (!line.sent)
        object.boolean("sent", false);
    write_error(object, line.error);
    object.end();
    return text + '\n';
}

std::string to_text(EndLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "end");
    write_record(object, line.record);
    object.end();
    return text + '\n';
}

std::string to_text(ProgressLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "progress");
    object.string("at", format_time(line.at));
    object.number("inFlight", std::to_string(line.in_flight));
    object.number("window", std::to_string(line.window));
    object.end();
    return text + '\n';
}

std::optional<JournalLine> parse_journal_line(std::string_view text) {
    boost::system::error_code failed;
    auto const value = json::parse({text.data(), text.size()}, failed);
    if (failed || !value.is_object())
        return std::nullopt;
    auto const& object = value.get_object();
    auto const event = text_at(object, "event").value_or("");
    if (event == "run")
        return read_run(object);
    if (event == "progress")
        return read_progress(object);
    if (event == "end") {
        auto record = read_record(object);
        return record ? std::optional<JournalLine>(EndLine{std::move(*record)}) : std::nullopt;
    }
    auto request = read_request(object);
    if (request && event == "try")
        return read_try(object, std::move(*request));
    if (request && event == "refused")
        return read_refused(object, std::move(*request));
    return std::nullopt;
}

} // namespace e2b::cli
