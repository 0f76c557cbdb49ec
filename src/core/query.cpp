#include "core/query.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace e2b::core {

namespace {

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

std::string list_tags_target(std::string_view name) {
    return "/templates/" + percent_encode(name) + "/tags";
}

std::string find_template_target(std::string_view alias) {
    return "/templates/aliases/" + percent_encode(alias);
}

std::string get_template_target(std::string_view id, std::string_view next_token) {
    Target target("/templates/" + percent_encode(id));
    target.add("limit", "100");
    target.add("nextToken", next_token);
    return target.take();
}

std::string get_sandbox_target(std::string_view sandbox_id) {
    return "/sandboxes/" + std::string(sandbox_id);
}

std::string create_sandbox_body(SandboxRequest const& request) {
    boost::json::object body;
    body["templateID"] = request.template_id;
    body["timeout"] = std::chrono::ceil<std::chrono::seconds>(request.timeout).count();
    return boost::json::serialize(body);
}

} // namespace e2b::core
