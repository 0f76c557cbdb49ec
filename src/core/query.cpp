#include "core/query.hpp"

#include "core/name.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace e2b::core {

namespace {

constexpr std::size_t max_id = 512;
constexpr std::size_t max_filter =
    4096; // of one value, before encoding; the whole stays within one TLS record

class Target {
public:
    explicit Target(std::string path) : text_(std::move(path)) {}

    void add(std::string_view key, std::string_view value) {
        if (value.empty())
            return;
        text_ += has_query_ ? '&' : '?';
        has_query_ = true;
        text_.append(key).append("=").append(percent_encode(value));
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool has_query_ = false;
};

// The platform decodes metadata three times: the query's value once, then each key and each value twice.
std::string metadata_value(std::vector<std::pair<std::string, std::string>> const& metadata) {
    std::string value;
    for (auto const& [key, text] : metadata) {
        if (!value.empty())
            value += '&';
        value += percent_encode(percent_encode(key));
        value += '=';
        value += percent_encode(percent_encode(text));
    }
    return value;
}

bool printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::string> check_page(unsigned limit, std::string const& token) {
    if (limit < 1 || limit > 100)
        return "limit: " + std::to_string(limit) + " is not in the range 1 to 100";
    if (token.size() > max_filter || !printable_ascii(token))
        return "next_token: must be as the platform gave it";
    return std::nullopt;
}

} // namespace

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view others = "-._~";
    std::string result;
    for (char const c : text) {
        bool const alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        auto const byte = static_cast<unsigned char>(c);
        if (alphanumeric || others.find(c) != std::string_view::npos)
            result += c;
        else
            result.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
    return result;
}

std::string list_snapshots_target(SnapshotQuery const& query) {
    Target target("/snapshots");
    target.add("sandboxID", query.sandbox_id);
    target.add("name", query.name);
    target.add("limit", std::to_string(query.limit));
    target.add("nextToken", query.next_token);
    return target.take();
}

std::string list_sandboxes_target(SandboxQuery const& query) {
    Target target("/v2/sandboxes");
    target.add("metadata", metadata_value(query.metadata));
    std::string states;
    for (auto const& state : query.states)
        states.append(states.empty() ? "" : ",").append(state);
    target.add("state", states);
    target.add("template", query.template_id);
    target.add("order", query.ascending ? "asc" : "");
    target.add("startedAfter", query.started_after);
    target.add("limit", std::to_string(query.limit));
    target.add("nextToken", query.next_token);
    return target.take();
}

std::string delete_template_target(std::string_view snapshot_id) {
    return "/templates/" + percent_encode(snapshot_id);
}

std::string get_sandbox_target(std::string_view sandbox_id) {
    return "/sandboxes/" + std::string(sandbox_id);
}

std::string create_sandbox_body(SandboxRequest const& request) {
    boost::json::object body;
    body["templateID"] = request.template_id;
    body["timeout"] = request.timeout.count();
    return boost::json::serialize(body);
}

std::optional<std::string> check(SnapshotQuery const& query) {
    if (!query.sandbox_id.empty() && !valid_sandbox_id(query.sandbox_id))
        return "sandbox_id: must be 1 to 128 of [A-Za-z0-9_-], beginning with a letter or digit";
    if (query.name.size() > max_id)
        return "name: must be at most 512 bytes";
    return check_page(query.limit, query.next_token);
}

std::optional<std::string> check(SandboxQuery const& query) {
    std::size_t total = 0;
    for (auto const& [key, value] : query.metadata) {
        if (key.empty())
            return "metadata: a key is empty";
        total += key.size() + value.size();
    }
    // Every byte can become seven: %25 25 XX.
    if (total > 1024)
        return "metadata: keys and values must be at most 1024 bytes in all";
    for (auto const& state : query.states)
        if (state != "running" && state != "paused")
            return "states: each must be running or paused";
    if (query.template_id.size() > max_id)
        return "template_id: must be at most 512 bytes";
    if (query.started_after.size() > 64)
        return "started_after: must be an RFC 3339 time";
    return check_page(query.limit, query.next_token);
}

std::optional<std::string> check(SandboxRequest const& request) {
    if (request.template_id.empty() || request.template_id.size() > max_id)
        return "template_id: must be 1 to 512 bytes";
    if (request.timeout < std::chrono::seconds(1))
        return "timeout: must be at least 1 s";
    return std::nullopt;
}

std::optional<std::string> check_snapshot_id(std::string_view id) {
    if (id.empty() || id.size() > max_id)
        return "snapshot_id: must be 1 to 512 bytes";
    return std::nullopt;
}

} // namespace e2b::core
