#include "cli/journal_line.hpp"

#include "cli/json_fields.hpp"
#include "cli/shard_choice.hpp"
#include "cli/timestamp.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace e2b::cli {

namespace json = boost::json;

namespace {

constexpr int journal_version = 1;
constexpr double most_attempts = std::numeric_limits<unsigned>::max();
constexpr double most_elapsed_ms = 1e12; // 31 years, and within what nanoseconds can count

// 0 where there is none. A journal can be edited by anybody, and not every number fits into every type.
double number_at(json::object const& object, std::string_view name, double most) {
    auto const* const value = object.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_number() ? std::clamp(value->to_number<double>(), 0.0, most) : 0;
}

std::optional<SnapshotRequest> read_request(json::object const& object) {
    auto id = text_at(object, "sandboxID");
    if (!id)
        return std::nullopt;
    SnapshotRequest request(std::move(*id), text_at(object, "name"));
    request.memory = kind_in(object);
    return request;
}

std::optional<std::vector<std::string>> read_baseline(json::object const& object) {
    auto const* const value = object.if_contains("baseline");
    if (value == nullptr || !value->is_array())
        return std::nullopt;
    std::vector<std::string> ids;
    for (auto const& id : value->get_array()) {
        if (id.is_string())
            ids.emplace_back(id.get_string());
    }
    return ids;
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
    if (!at || !id || number_at(object, "version", most_attempts) != journal_version)
        return std::nullopt;
    RunLine line;
    line.run = {*at, *id};
    line.name_template = text_at(object, "nameTemplate").value_or("");
    line.shard = read_shard(object);
    line.kind = kind_in(object);
    return line;
}

std::optional<JournalLine> read_end(json::object const& object, SnapshotRequest request) {
    auto const outcome = parse_outcome(text_at(object, "outcome").value_or(""));
    if (!outcome)
        return std::nullopt;
    EndLine line{std::move(request), *outcome, {}, 0, {}};
    line.attempts = static_cast<unsigned>(number_at(object, "attempts", most_attempts));
    line.elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double, std::milli>(number_at(object, "elapsed_ms", most_elapsed_ms)));
    line.tried_at = parse_time(text_at(object, "startedAt").value_or(""));
    auto const* const error = object.if_contains("error");
    if (error != nullptr && error->is_object())
        line.error = parse_error(text_at(error->get_object(), "code").value_or("")).value_or(Errc());
    return line;
}

} // namespace

std::string to_text(RunLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "run");
    object.number("version", std::to_string(journal_version));
    object.string("run", line.run.id);
    object.string("at", format_time(line.run.began));
    if (!line.name_template.empty())
        object.string("nameTemplate", line.name_template);
    if (line.shard)
        object.string("shard", format_shard(*line.shard));
    write_kind(object, line.kind);
    object.end();
    return text + '\n';
}

std::string to_text(TryLine const& line) {
    std::string text;
    JsonObjectWriter object(text);
    object.string("event", "try");
    write_request(object, line.request);
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
    object.string("code", to_string(line.error));
    write_server_words(object, line.error_code, line.trace_id);
    object.end();
    return text + '\n';
}

std::string to_end_line(Record const& record) {
    // `{...}`, opened for one field more.
    return "{\"event\":\"end\"," + to_json_line(record).substr(1);
}

std::optional<JournalLine> parse_journal_line(std::string_view text) {
    boost::system::error_code failed;
    auto const value = json::parse({text.data(), text.size()}, failed);
    if (failed || !value.is_object())
        return std::nullopt;
    auto const& object = value.get_object();
    auto const event = text_at(object, "event");
    if (event == "run")
        return read_run(object);
    auto request = read_request(object);
    if (!request)
        return std::nullopt;
    if (event == "try") {
        auto const at = parse_time(text_at(object, "at").value_or(""));
        if (!at)
            return std::nullopt;
        return TryLine{std::move(*request), *at, read_baseline(object)};
    }
    if (event == "refused")
        return RefusedLine{
            std::move(*request), parse_error(text_at(object, "code").value_or("")).value_or(Errc::busy),
            text_at(object, "error_code").value_or(""), text_at(object, "trace_id").value_or("")};
    if (event == "end")
        return read_end(object, std::move(*request));
    return std::nullopt;
}

} // namespace e2b::cli
