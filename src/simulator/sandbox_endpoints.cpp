#include "simulator/api.hpp"
#include "simulator/json.hpp"
#include "simulator/query.hpp"
#include "simulator/sandbox_filter.hpp"
#include "simulator/timestamp.hpp"

#include <utility>

namespace e2b::sim {
namespace {

// What the platform gives a sandbox whose request does not say.
constexpr std::chrono::seconds default_timeout(15);
constexpr std::chrono::seconds max_timeout = std::chrono::hours(24);

constexpr std::string_view client_id = "6532622b";
constexpr std::string_view envd_version = "0.5.7";
constexpr std::string_view old_envd_version = "0.4.9";

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out.append(",");
    append_json_string(out, name);
    out.append(":");
    append_json_string(out, value);
}

// What a request for a new sandbox asks for.
struct NewSandbox {
    TemplateName from;
    std::chrono::seconds timeout = default_timeout;
    Metadata metadata;
};

bool read_metadata(boost::json::value const& value, Metadata& metadata) {
    if (!value.is_object())
        return false;
    for (auto const& member : value.get_object()) {
        if (!member.value().is_string())
            return false;
        auto const key = member.key();
        auto const& text = member.value().get_string();
        metadata.emplace_back(std::string(key.data(), key.size()), std::string(text.data(), text.size()));
    }
    return true;
}

std::optional<NewSandbox> read_new_sandbox(Request const& request, Reply& reply) {
    auto const refuse = [&reply](std::string_view message) {
        reply.set_error(400, message);
        return std::nullopt;
    };
    JsonObject body;
    if (!body.parse(request.body))
        return refuse("Error when parsing request: the body must be a JSON object");
    NewSandbox wanted;
    auto const* const from = body.find("templateID");
    if (from == nullptr || !from->is_string())
        return refuse("Error when parsing request: \"templateID\" must be a string");
    auto name = TemplateName::parse(from->get_string());
    if (!name)
        return refuse("Invalid template ID");
    wanted.from = std::move(*name);
    if (auto const* const timeout = body.find("timeout")) {
        if (!timeout->is_int64() || timeout->get_int64() < 0 || timeout->get_int64() > max_timeout.count())
            return refuse("The timeout must be 0 to 86400 seconds");
        wanted.timeout = std::chrono::seconds(timeout->get_int64());
    }
    if (auto const* const metadata = body.find("metadata")) {
        if (!read_metadata(*metadata, wanted.metadata))
            return refuse("Error when parsing request: \"metadata\" must be an object of strings");
    }
    return wanted;
}

} // namespace

void Api::append_sandbox(std::string& out, SandboxIndex index) const {
    Sandbox const& sandbox = platform_.sandboxes()[index];
    TemplateStore const& templates = platform_.templates();
    out.append("{\"templateID\":\"").append(templates.id(sandbox.template_index)).append("\"");
    if (auto const alias = templates.alias(sandbox.template_index); !alias.empty())
        append_member(out, "alias", alias);
    append_member(out, "sandboxID", platform_.sandboxes().id(index));
    append_member(out, "clientID", client_id);
    out.append(",\"startedAt\":\"");
    append_timestamp(out, wall_time(sandbox.started_at));
    out.append("\",\"endAt\":\"");
    append_timestamp(out, wall_time(sandbox.end_at));
    out.append("\",\"cpuCount\":2,\"memoryMB\":512,\"diskSizeMB\":1024");
    if (!sandbox.metadata.empty()) {
        out.append(",\"metadata\":");
        std::string_view separator = "{";
        for (auto const& [key, value] : sandbox.metadata) {
            out.append(std::exchange(separator, ","));
            append_json_string(out, key);
            out.append(":");
            append_json_string(out, value);
        }
        out.append("}");
    }
    append_member(out, "state", sandbox.state == SandboxState::paused ? "paused" : "running");
    append_member(out, "envdVersion", sandbox.outdated ? old_envd_version : envd_version);
    out.append("}");
}

void Api::list_sandboxes(Context const& context) {
    auto const query = Query::parse(context.route.query);
    if (!query)
        return context.reply.set_error(400, "The query is not well-formed");
    auto const limit = read_limit(*query, context.reply);
    if (!limit)
        return;
    SandboxFilter filter;
    if (auto const problem = filter.read(*query))
        return context.reply.set_error(400, *problem);
    if (auto const text = query->find("startedAfter")) {
        auto const time = parse_timestamp(*text);
        if (!time)
            return context.reply.set_error(400, "startedAfter must be a time as in RFC 3339");
        filter.started_after = std::chrono::duration_cast<Instant>(*time - epoch_);
    }
    if (auto const text = query->find("template")) {
        auto const name = TemplateName::parse(*text);
        filter.template_index = name ? platform_.look_up(*name, context.now).value_or(no_index) : no_index;
    }
    IdCodec const& tokens = filter.ascending ? ascending_tokens_ : descending_tokens_;
    std::optional<SandboxIndex> last;
    if (auto const token = query->find("nextToken")) {
        auto const number = tokens.decode(*token);
        if (!number)
            return context.reply.set_error(400, "Invalid next token");
        last = static_cast<SandboxIndex>(*number);
    }
    platform_.end_overdue(context.now);
    SandboxPage const page = list_sandboxes_page(platform_.sandboxes(), filter, last, *limit);
    if (page.more) {
        std::string token;
        tokens.append(token, page.rows.back());
        context.reply.add_field("X-Next-Token", token);
    }
    if (filter.running)
        context.reply.add_field("X-Total-Running", static_cast<long long>(page.total_running));
    context.reply.set_json(200);
    std::string_view separator = "[";
    for (SandboxIndex const index : page.rows) {
        context.reply.body.append(std::exchange(separator, ","));
        append_sandbox(context.reply.body, index);
    }
    context.reply.body.append(page.rows.empty() ? "[]" : "]");
}

void Api::get_sandbox(Context const& context) {
    if (auto const sandbox = require_sandbox(context)) {
        context.reply.set_json(200);
        append_sandbox(context.reply.body, *sandbox);
    }
}

void Api::create_sandbox(Context const& context) {
    if (!require_json(context.request, context.reply))
        return;
    auto wanted = read_new_sandbox(context.request, context.reply);
    if (!wanted)
        return;
    auto const from = platform_.look_up(wanted->from, context.now);
    if (!from || !platform_.templates().find_tag(*from, wanted->from.tag))
        return context.reply.set_error(404, "Template \"" + wanted->from.alias + "\" was not found");
    SandboxIndex const index =
        platform_.add_sandbox(*from, std::move(wanted->metadata), context.now + wanted->timeout, context.now);
    context.reply.set_json(201);
    append_sandbox(context.reply.body, index);
}

void Api::pause_sandbox(Context const& context) {
    auto const sandbox = require_sandbox(context);
    if (!sandbox)
        return;
    if (!platform_.pause(*sandbox))
        return context.reply.set_error(409);
    context.reply.status = 204;
}

void Api::kill_sandbox(Context const& context) {
    if (auto const sandbox = require_sandbox(context)) {
        platform_.kill(*sandbox, context.now);
        context.reply.status = 204;
    }
}

} // namespace e2b::sim
