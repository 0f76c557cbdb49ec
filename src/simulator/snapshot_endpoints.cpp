#include "simulator/api.hpp"
#include "simulator/json.hpp"
#include "simulator/query.hpp"
#include "simulator/timestamp.hpp"

#include <utility>

namespace e2b::sim {
namespace {

constexpr std::size_t max_name = 255;

} // namespace

// What a request's body asks for. False, with the error in the reply, if it cannot be had.
bool Api::read_order(Request const& request, SnapshotOrder& order, Reply& reply) const {
    if (request.body == "{}")
        return true;
    JsonObject body;
    if (!body.parse(request.body)) {
        reply.set_error(400, "Error when parsing request: the body must be a JSON object");
        return false;
    }
    if (auto const* const memory = body.find("memory");
        memory != nullptr && platform_.dialect().knows_memory) {
        if (!memory->is_bool()) {
            reply.set_error(400, "Error when parsing request: \"memory\" must be a boolean");
            return false;
        }
        order.memory = memory->get_bool();
    }
    auto const* const name = body.find("name");
    if (name == nullptr || platform_.dialect().names == Dialect::Names::none)
        return true;
    if (!name->is_string()) {
        reply.set_error(400, "Error when parsing request: \"name\" must be a string");
        return false;
    }
    return read_name(name->get_string(), order, reply);
}

bool Api::read_name(std::string_view text, SnapshotOrder& order, Reply& reply) const {
    if (platform_.dialect().names == Dialect::Names::labels) {
        order.label = text;
        return true;
    }
    // What is made has a longer one, with the namespace and the tag.
    if (text.size() <= max_name)
        order.name = TemplateName::parse(text);
    if (!order.name) {
        reply.set_error(400, "Invalid name: it must be [namespace/]alias[:tag], at most 255 bytes");
        return false;
    }
    auto const& team = platform_.templates().team();
    if (order.name->team && *order.name->team != team) {
        reply.set_error(400, "Invalid name: the namespace must be the team's own, \"" + team + "\"");
        return false;
    }
    return true;
}

std::optional<CallId> Api::create_snapshot(Context const& context) {
    // In the order in which the platform looks: the body before the sandbox.
    if (!platform_.sandboxes().valid_id(context.route.id)) {
        context.reply.set_error(400, "Invalid sandbox ID");
        return std::nullopt;
    }
    SnapshotOrder order;
    if (!require_json(context.request, context.reply) || !read_order(context.request, order, context.reply))
        return std::nullopt;
    auto const sandbox = require_sandbox(context);
    if (!sandbox)
        return std::nullopt;
    order.sandbox = *sandbox;
    order.node_fails = context.strike && context.strike.fault->kind == SimulatorFault::Kind::node_failure;
    Caller caller{context.connection, context.now, context.strike, context.reply.fields};
    CallId id = 0;
    auto const decision = platform_.create_snapshot(std::move(order), std::move(caller), context.now, id);
    if (!decision)
        return id;
    set_decision(context.reply, *sandbox, *decision);
    return std::nullopt;
}

void Api::set_decision(Reply& reply, SandboxIndex sandbox, Decision decision) const {
    auto const named = [&] { return "Sandbox \"" + platform_.sandboxes().id(sandbox) + "\""; };
    switch (decision.kind) {
    case Decision::Kind::created: {
        Build const& build = platform_.templates().build(decision.build);
        reply.set_json(201);
        append_snapshot(reply.body, build.template_index, build.tag);
        reply.body.append("}");
        return;
    }
    case Decision::Kind::not_found:
        return reply.set_error(404, named() + " was not found");
    case Decision::Kind::not_running:
        return reply.set_error(400, named() + " is not running");
    case Decision::Kind::outdated:
        return reply.set_error(400, "The sandbox's envd must be 0.5.0 or newer");
    case Decision::Kind::disabled:
        return reply.set_error(400, "Filesystem-only snapshots are not enabled for this team",
                               "snapshot_filesystem_only_disabled");
    case Decision::Kind::unsupported_node:
        return reply.set_error(409, named() + " is on a node that is too old for filesystem-only snapshots",
                               "snapshot_filesystem_only_unsupported_node");
    case Decision::Kind::conflict:
        return reply.set_error(409, named() + " was being snapshotted by another request");
    case Decision::Kind::busy:
        if (platform_.dialect().busy_says_when)
            reply.add_field("Retry-After", 1);
        return reply.set_error(503);
    case Decision::Kind::failed:
        return reply.set_error(500, "Error creating snapshot template");
    case Decision::Kind::too_long:
        return reply.set_text(408, {});
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

// An object that is left open.
void Api::append_snapshot(std::string& out, TemplateIndex index, TagIndex tag) const {
    out.append("{\"snapshotID\":\"");
    platform_.templates().append_snapshot_id(out, index, tag);
    out.append("\",\"names\":");
    append_names(out, index);
}

void Api::append_names(std::string& out, TemplateIndex index) const {
    TemplateStore const& templates = platform_.templates();
    auto const alias = templates.alias(index);
    switch (platform_.dialect().names) {
    case Dialect::Names::none:
        out.append("null");
        return;
    case Dialect::Names::labels:
        out.append("[");
        append_json_string(out, alias.empty() ? templates.id(index) : alias);
        out.append("]");
        return;
    case Dialect::Names::templates:
        out.append("[");
        if (!alias.empty())
            out.append("\"").append(templates.team()).append("/").append(alias).append("\"");
        out.append("]");
        return;
    }
}

void Api::append_row(std::string& out, SnapshotRow const& row) const {
    append_snapshot(out, row.template_index, row.tag);
    if (platform_.dialect().rows_have_state) {
        Build const& build = platform_.templates().build(row.build);
        out.append(",\"status\":\"")
            .append(build.status == BuildStatus::ready    ? "READY"
                    : build.status == BuildStatus::failed ? "FAILED"
                                                          : "CREATING")
            .append("\",\"originSandboxID\":\"")
            .append(platform_.sandboxes().id(build.sandbox))
            .append("\",\"createdAt\":\"");
        append_timestamp(out, wall_time(build.created_at));
        out.append("\"");
    }
    out.append("}");
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
    filter.unready = platform_.dialect().rows_have_state;
    bool none = false;
    if (auto const id = query->find("sandboxID")) {
        if (!platform_.sandboxes().valid_id(*id))
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
    if (auto const text = query->find("name"); text && platform_.dialect().filters_by_name) {
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
        append_row(context.reply.body, row);
    }
    context.reply.body.append(rows.empty() ? "[]" : "]");
}

SimulatedSnapshot Api::record(Build const& build) const {
    TemplateStore const& templates = platform_.templates();
    SimulatedSnapshot result;
    result.sandbox_id = platform_.sandboxes().id(build.sandbox);
    templates.append_snapshot_id(result.snapshot_id, build.template_index, build.tag);
    if (auto const alias = templates.alias(build.template_index); !alias.empty()) {
        bool const of_team = platform_.dialect().names == Dialect::Names::templates;
        result.names.push_back((of_team ? templates.team() + "/" : "") + std::string(alias));
    }
    result.memory = build.memory;
    result.started_at = wall_time(build.started_at);
    result.finished_at = wall_time(build.finished_at);
    return result;
}

std::vector<SimulatedSnapshot> Api::records() const {
    std::vector<SimulatedSnapshot> result;
    TemplateStore const& templates = platform_.templates();
    result.reserve(templates.made().size());
    for (BuildIndex const index : templates.made())
        result.push_back(record(templates.build(index)));
    return result;
}

} // namespace e2b::sim
