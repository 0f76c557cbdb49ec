#include "simulator/api.hpp"
#include "simulator/json.hpp"
#include "simulator/query.hpp"
#include "simulator/template_store.hpp"
#include "simulator/timestamp.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace e2b::sim {
namespace {

std::optional<std::string> string_at(JsonObject const& body, std::string_view name) {
    auto const* const value = body.find(name);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->get_string());
}

// The tags that a body lists, lower-cased. Empty, with the error in the reply, if they are not allowed.
std::vector<std::string> read_tags(JsonObject const& body, Reply& reply) {
    std::vector<std::string> tags;
    auto const* const list = body.find("tags");
    if (list != nullptr && list->is_array()) {
        for (auto const& each : list->get_array()) {
            auto const name =
                each.is_string() ? TemplateName::parse("x:" + std::string(each.get_string())) : std::nullopt;
            if (!name) {
                reply.set_error(400, "Invalid tag");
                return {};
            }
            tags.push_back(name->tag);
        }
    }
    if (tags.empty())
        reply.set_error(400, "At least one tag is required");
    return tags;
}

char const* to_text(BuildStatus status) noexcept {
    switch (status) {
    case BuildStatus::building:
        return "building";
    case BuildStatus::ready:
        return "ready";
    case BuildStatus::failed:
        break;
    }
    return "error";
}

} // namespace

// A template of the team's own, by its name or id. The error is in the reply if there is none.
std::optional<TemplateIndex> Api::require_template(Context const& context, TemplateName const& name) {
    auto const index = platform_.look_up(name, context.now);
    if (index == platform_.base_template()) {
        context.reply.set_error(403, "The template belongs to another team");
        return std::nullopt;
    }
    if (!index)
        context.reply.set_error(404, "Template \"" + name.alias + "\" was not found");
    return index;
}

void Api::delete_template(Context const& context) {
    auto const text = percent_decode(context.route.id, false);
    auto const name = text ? TemplateName::parse(*text) : std::nullopt;
    if (!name)
        return context.reply.set_error(400, "Invalid template ID");
    TemplateStore const& templates = platform_.templates();
    if (name->team && *name->team != templates.team())
        return context.reply.set_error(403, "The template belongs to another team");
    auto const index = templates.find(*name);
    if (index == platform_.base_template())
        return context.reply.set_error(403, "The template belongs to another team");
    Dialect const& dialect = platform_.dialect();
    if (!index && !dialect.deletes_what_is_not)
        return context.reply.set_error(404, "Template \"" + *text + "\" was not found");
    if (index && !platform_.erase_template(*index))
        return context.reply.set_error(400, "The template is in use by paused sandboxes");
    context.reply.status = 204;
    if (dialect.deletes_with_200) {
        context.reply.set_json(200);
        context.reply.body.append("{\"templateID\":");
        append_json_string(context.reply.body, *text);
        context.reply.body.append(",\"status\":\"READY\"}");
    }
}

void Api::append_build(std::string& out, BuildIndex index) const {
    Build const& build = platform_.templates().build(index);
    out.append("{\"buildID\":\"");
    platform_.templates().append_build_id(out, index);
    out.append("\",\"status\":\"").append(to_text(build.status)).append("\",\"createdAt\":\"");
    append_timestamp(out, wall_time(build.created_at));
    out.append("\",\"updatedAt\":\"");
    append_timestamp(out, wall_time(std::max(build.created_at, build.finished_at)));
    out.append("\",\"cpuCount\":2,\"memoryMB\":512}");
}

// By its raw id alone, and never from the cache.
void Api::get_template(Context const& context) {
    TemplateStore const& templates = platform_.templates();
    auto const text = percent_decode(context.route.id, false);
    auto const index = text ? templates.find_id(*text) : std::nullopt;
    // Servers without tags show those of another kind there.
    if (!index || !platform_.dialect().has_tags)
        return context.reply.set_error(404, "Template " + text.value_or("") + " not found");
    if (index == platform_.base_template())
        return context.reply.set_error(403, "The template belongs to another team");
    auto const query = Query::parse(context.route.query);
    auto const limit = query ? read_limit(*query, context.reply) : std::nullopt;
    if (!limit)
        return query ? void() : context.reply.set_error(400, "The query is not well-formed");
    BuildIndex before = no_index;
    if (auto const token = query->find("nextToken")) {
        auto const last = builds_tokens_.decode(*token);
        if (!last)
            return context.reply.set_error(400, "Invalid next token");
        before = static_cast<BuildIndex>(*last);
    }
    std::set<BuildIndex, std::greater<>> builds; // newest first, each once
    for (Assignment const& each : templates.assignments(*index)) {
        if (each.build < before)
            builds.insert(each.build);
    }
    std::string& body = context.reply.body;
    context.reply.set_json(200);
    body.append("{\"templateID\":\"").append(templates.id(*index)).append("\",\"public\":false,\"names\":");
    append_names(body, *index);
    body.append(",\"builds\":[");
    std::size_t rows = 0;
    for (auto build = builds.begin(); build != builds.end() && rows < *limit; ++build, ++rows) {
        body.append(rows == 0 ? "" : ",");
        append_build(body, *build);
        if (rows + 1 == *limit && std::next(build) != builds.end()) {
            std::string token;
            builds_tokens_.append(token, *build);
            context.reply.add_field("X-Next-Token", token);
        }
    }
    body.append("]}");
}

void Api::list_tags(Context const& context) {
    auto const text = percent_decode(context.route.id, false);
    auto const name = text ? TemplateName::parse(*text) : std::nullopt;
    if (!name)
        return context.reply.set_error(400, "Invalid template reference");
    auto const index = require_template(context, *name);
    if (!index)
        return;
    TemplateStore const& templates = platform_.templates();
    std::map<std::string_view, Assignment> latest;
    for (Assignment const& each : templates.assignments(*index))
        latest.insert_or_assign(templates.tag(each.tag), each);
    std::string& body = context.reply.body;
    context.reply.set_json(200);
    std::string_view separator = "[";
    for (auto const& [tag, assignment] : latest) {
        body.append(std::exchange(separator, ","))
            .append("{\"tag\":\"")
            .append(tag)
            .append("\",\"buildID\":\"");
        templates.append_build_id(body, assignment.build);
        body.append("\",\"createdAt\":\"");
        append_timestamp(body, wall_time(assignment.at));
        body.append("\"}");
    }
    body.append(latest.empty() ? "[]" : "]");
}

void Api::find_alias(Context const& context) {
    auto const text = percent_decode(context.route.id, false);
    auto const name = text ? TemplateName::parse(*text) : std::nullopt;
    if (!name)
        return context.reply.set_error(400, "Invalid alias format");
    auto const index = require_template(context, *name);
    if (!index)
        return;
    TemplateStore const& templates = platform_.templates();
    if (name->has_tag && !templates.find_ready(*index, name->tag))
        return context.reply.set_error(404, "tag '" + name->tag + "' does not exist for template '" +
                                                name->alias + "'");
    context.reply.set_json(200);
    context.reply.body.append("{\"public\":false,\"templateID\":\"")
        .append(templates.id(*index))
        .append("\"}");
}

void Api::add_tags(Context const& context) {
    JsonObject body;
    if (!require_json(context.request, context.reply))
        return;
    if (!body.parse(context.request.body))
        return context.reply.set_error(400, "Invalid request body");
    auto const tags = read_tags(body, context.reply);
    if (tags.empty())
        return;
    auto const target = TemplateName::parse(string_at(body, "target").value_or(""));
    if (!target)
        return context.reply.set_error(400, "Invalid target template format");
    auto const index = require_template(context, *target);
    if (!index)
        return;
    TemplateStore& templates = platform_.templates();
    auto const ready = templates.find_ready(*index, target->tag);
    if (!ready)
        return context.reply.set_error(404, "Template '" + target->alias + "' with tag '" + target->tag +
                                                "' not found");
    std::string& out = context.reply.body;
    context.reply.set_json(201);
    out.append("{\"tags\":");
    std::string_view separator = "[";
    for (std::string const& tag : tags) {
        templates.assign(*index, ready->build, tag, context.now);
        out.append(std::exchange(separator, ",")).append("\"").append(tag).append("\"");
    }
    out.append("],\"buildID\":\"");
    templates.append_build_id(out, ready->build);
    out.append("\"}");
}

void Api::remove_tags(Context const& context) {
    JsonObject body;
    if (!require_json(context.request, context.reply))
        return;
    if (!body.parse(context.request.body))
        return context.reply.set_error(400, "Invalid request body");
    auto const tags = read_tags(body, context.reply);
    if (tags.empty())
        return;
    for (std::string const& tag : tags) {
        if (tag == default_tag)
            return context.reply.set_error(400, "Cannot delete the 'default' tag");
    }
    auto const name = TemplateName::parse(string_at(body, "name").value_or(""));
    if (!name || name->has_tag)
        return context.reply.set_error(400, "Invalid template name format");
    auto const index = require_template(context, *name);
    if (!index)
        return;
    for (std::string const& tag : tags)
        platform_.templates().unassign(*index, tag);
    context.reply.status = 204;
}

} // namespace e2b::sim
