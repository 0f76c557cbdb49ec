#include "core/list_body.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <string>

namespace e2b::core {

namespace json = boost::json;

namespace {

// Throws boost::system::system_error or std::invalid_argument where the body is not as it should be.
std::string text(json::object const& object, std::string_view key) {
    auto const& value = object.at(key).as_string();
    return {value.data(), value.size()};
}

std::string optional_text(json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains(key);
    return value == nullptr || value->is_null() ? std::string() : text(object, key);
}

std::int64_t optional_number(json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains(key);
    return value == nullptr || value->is_null() ? 0 : value->to_number<std::int64_t>();
}

std::vector<std::string> optional_texts(json::object const& object, std::string_view key) {
    std::vector<std::string> texts;
    if (auto const* const values = object.if_contains(key); values != nullptr && !values->is_null())
        for (auto const& value : values->as_array())
            texts.emplace_back(value.as_string());
    return texts;
}

SnapshotInfo read_snapshot(json::value const& value) {
    auto const& object = value.as_object();
    SnapshotInfo info;
    info.snapshot_id = text(object, "snapshotID");
    info.names = optional_texts(object, "names");
    info.status = optional_text(object, "status");
    if (info.snapshot_id.empty())
        throw std::invalid_argument("snapshotID");
    return info;
}

SandboxInfo read_sandbox(json::value const& value) {
    auto const& object = value.as_object();
    SandboxInfo info;
    info.sandbox_id = text(object, "sandboxID");
    info.template_id = text(object, "templateID");
    info.alias = optional_text(object, "alias");
    info.state = optional_text(object, "state");
    info.started_at = optional_text(object, "startedAt");
    info.end_at = optional_text(object, "endAt");
    info.cpu_count = optional_number(object, "cpuCount");
    info.memory_mb = optional_number(object, "memoryMB");
    info.disk_size_mb = optional_number(object, "diskSizeMB");
    info.envd_version = optional_text(object, "envdVersion");
    if (auto const* const metadata = object.if_contains("metadata");
        metadata != nullptr && metadata->is_object())
        for (auto const& [key, each] : metadata->get_object())
            info.metadata.emplace_back(key, each.as_string());
    return info;
}

TemplateTag read_tag(json::value const& value) {
    auto const& object = value.as_object();
    TemplateTag tag;
    tag.tag = text(object, "tag");
    tag.build_id = text(object, "buildID");
    tag.created_at = optional_text(object, "createdAt");
    return tag;
}

TemplateBuild read_build(json::value const& value) {
    auto const& object = value.as_object();
    TemplateBuild build;
    build.build_id = text(object, "buildID");
    build.status = text(object, "status");
    build.created_at = optional_text(object, "createdAt");
    return build;
}

std::string read_template_id(json::value const& value) {
    auto id = text(value.as_object(), "templateID");
    if (id.empty())
        throw std::invalid_argument("templateID");
    return id;
}

TemplateInfo read_template(json::value const& value) {
    auto const& object = value.as_object();
    TemplateInfo info;
    info.template_id = read_template_id(value);
    info.names = optional_texts(object, "names");
    for (auto const& build : object.at("builds").as_array())
        info.builds.push_back(read_build(build));
    return info;
}

template <class Read>
auto parse(std::string_view body, Read read) -> std::optional<decltype(read(json::value()))> {
    std::array<unsigned char, 16 * 1024> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code error;
    auto const value = json::parse(body, error, &memory, options);
    if (error)
        return std::nullopt;
    try {
        return read(value);
    } catch (std::bad_alloc const&) {
        throw;
    } catch (std::exception const&) {
        return std::nullopt;
    }
}

template <class Item>
auto each(Item item) {
    return [item](json::value const& value) {
        std::vector<decltype(item(value))> items;
        for (auto const& one : value.as_array())
            items.push_back(item(one));
        return items;
    };
}

} // namespace

std::optional<std::vector<SnapshotInfo>> parse_snapshots(std::string_view body) {
    return parse(body, each(read_snapshot));
}

std::optional<std::vector<SandboxInfo>> parse_sandboxes(std::string_view body) {
    return parse(body, each(read_sandbox));
}

std::optional<SandboxInfo> parse_sandbox(std::string_view body) {
    return parse(body, read_sandbox);
}

std::optional<std::vector<TemplateTag>> parse_tags(std::string_view body) {
    return parse(body, each(read_tag));
}

std::optional<std::string> parse_template_id(std::string_view body) {
    return parse(body, read_template_id);
}

std::optional<TemplateInfo> parse_template(std::string_view body) {
    return parse(body, read_template);
}

bool is_json(std::string_view body) {
    return parse(body, [](json::value const&) { return true; }).has_value();
}

} // namespace e2b::core
