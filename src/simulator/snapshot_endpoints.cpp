#include "simulator/api.hpp"
#include "simulator/json.hpp"
#include "simulator/query.hpp"

#include <utility>

namespace e2b::sim {
namespace {

constexpr std::size_t max_name = 255;

// The name that a request's body asks for. False, with the error in the reply, if it cannot be had.
bool read_name(Request const& request, std::string_view team, std::optional<TemplateName>& name,
               Reply& reply) {
    if (request.body == "{}")
        return true;
    JsonObject body;
    if (!body.parse(request.body)) {
        reply.set_error(400, "Error when parsing request: the body must be a JSON object");
        return false;
    }
    boost::json::value const* const value = body.find("name");
    if (value == nullptr)
        return true;
    if (!value->is_string()) {
        reply.set_error(400, "Error when parsing request: \"name\" must be a string");
        return false;
    }
    // What is made has a longer one, with the namespace and the tag.
    if (value->get_string().size() <= max_name)
        name = TemplateName::parse(value->get_string());
    if (!name) {
        reply.set_error(400, "Invalid name: it must be [namespace/]alias[:tag], at most 255 bytes");
        return false;
    }
    if (name->team && *name->team != team) {
        reply.set_error(400,
                        "Invalid name: the namespace must be the team's own, \"" + std::string(team) + "\"");
        return false;
    }
    return true;
}

} // namespace

std::optional<CallId> Api::create_snapshot(Context const& context) {
    // In the order in which the platform looks: the body before the sandbox.
    if (!SandboxStore::valid_id(context.route.id)) {
        context.reply.set_error(400, "Invalid sandbox ID");
        return std::nullopt;
    }
    std::optional<TemplateName> name;
    if (!require_json(context.request, context.reply) ||
        !read_name(context.request, platform_.templates().team(), name, context.reply))
        return std::nullopt;
    auto const sandbox = require_sandbox(context);
    if (!sandbox)
        return std::nullopt;
    bool const node_fails = context.strike && context.strike.fault->kind == Fault::Kind::node_failure;
    Caller caller{context.connection, context.now, context.strike, context.reply.fields};
    CallId id = 0;
    auto const decision =
        platform_.create_snapshot(*sandbox, std::move(name), node_fails, std::move(caller), context.now, id);
    if (!decision)
        return id;
    set_decision(context.reply, *sandbox, *decision);
    return std::nullopt;
}

void Api::set_decision(Reply& reply, SandboxIndex sandbox, Decision decision) const {
    switch (decision.kind) {
    case Decision::Kind::created: {
        Build const& build = platform_.templates().build(decision.build);
        reply.set_json(201);
        append_snapshot(reply.body, build.template_index, build.tag);
        return;
    }
    case Decision::Kind::not_found:
        return reply.set_error(404, "Sandbox \"" + platform_.sandboxes().id(sandbox) + "\" was not found");
    case Decision::Kind::outdated:
        return reply.set_error(400, "The sandbox's envd must be 0.5.0 or newer");
    case Decision::Kind::conflict:
        return reply.set_error(409, "Sandbox \"" + platform_.sandboxes().id(sandbox) +
                                        "\" was being snapshotted by another request");
    case Decision::Kind::busy:
        return reply.set_error(503);
    case Decision::Kind::failed:
        return reply.set_error(500, "Error creating snapshot template");
    }
}

Answer Api::answer_to(Completion& completion) {
    Answer answer;
    answer.arrived_at = completion.caller.arrived_at;
    answer.ready_at = completion.at;
    answer.strike = std::move(completion.caller.strike);
    answer.reply.fields = std::move(completion.caller.fields);
    set_decision(answer.reply, completion.sandbox, completion.decision);
    spoil(answer.reply, answer.strike, true);
    return answer;
}

void Api::append_snapshot(std::string& out, TemplateIndex index, TagIndex tag) const {
    TemplateStore const& templates = platform_.templates();
    out.append("{\"snapshotID\":\"");
    templates.append_snapshot_id(out, index, tag);
    out.append("\",\"names\":[");
    if (auto const alias = templates.alias(index); !alias.empty())
        out.append("\"").append(templates.team()).append("/").append(alias).append("\"");
    out.append("]}");
}

void Api::list_snapshots(Context const& context) {
    auto const query = Query::parse(context.route.query);
    if (!query)
        return context.reply.set_error(400, "The query is not well-formed");
    auto const limit = read_limit(*query, context.reply);
    if (!limit)
        return;
    SnapshotFilter filter;
    filter.limit = *limit;
    bool none = false;
    if (auto const id = query->find("sandboxID")) {
        if (!SandboxStore::valid_id(*id))
            return context.reply.set_error(400, "Invalid sandbox ID");
        filter.creator = platform_.sandboxes().find(*id);
        none = !filter.creator;
    }
    if (auto const token = query->find("nextToken")) {
        auto const last = snapshots_tokens_.decode(*token);
        if (!last)
            return context.reply.set_error(400, "Invalid next token");
        filter.before = static_cast<TemplateIndex>(*last);
    }
    if (auto const text = query->find("name")) {
        filter.name = TemplateName::parse(*text);
        if (!filter.name)
            return context.reply.set_error(400, "Invalid name: it must be [namespace/]alias[:tag]");
        none = !platform_.look_up(*filter.name, context.now) || none;
    }
    auto rows = none ? std::vector<SnapshotRow>() : platform_.templates().list(filter);
    if (rows.size() > *limit) {
        rows.pop_back();
        std::string token;
        snapshots_tokens_.append(token, rows.back().template_index);
        context.reply.add_field("X-Next-Token", token);
    }
    context.reply.set_json(200);
    std::string_view separator = "[";
    for (SnapshotRow const& row : rows) {
        context.reply.body.append(std::exchange(separator, ","));
        append_snapshot(context.reply.body, row.template_index, row.tag);
    }
    context.reply.body.append(rows.empty() ? "[]" : "]");
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
    if (!index)
        return context.reply.set_error(404, "Template \"" + *text + "\" was not found");
    if (!platform_.erase_template(*index))
        return context.reply.set_error(400, "The template is in use by paused sandboxes");
    context.reply.status = 204;
}

SnapshotRecord Api::record(Build const& build) const {
    TemplateStore const& templates = platform_.templates();
    SnapshotRecord result;
    result.sandbox_id = platform_.sandboxes().id(build.sandbox);
    templates.append_snapshot_id(result.snapshot_id, build.template_index, build.tag);
    if (auto const alias = templates.alias(build.template_index); !alias.empty())
        result.names.push_back(templates.team() + "/" + std::string(alias));
    result.started_at = wall_time(build.started_at);
    result.finished_at = wall_time(build.finished_at);
    return result;
}

std::vector<SnapshotRecord> Api::records() const {
    std::vector<SnapshotRecord> result;
    TemplateStore const& templates = platform_.templates();
    result.reserve(templates.builds());
    for (std::size_t i = 0; i < templates.builds(); ++i)
        result.push_back(record(templates.build(static_cast<BuildIndex>(i))));
    return result;
}

} // namespace e2b::sim
