#include "simulator/api.hpp"

#include "simulator/codec_kinds.hpp"
#include "simulator/query.hpp"

#include <algorithm>
#include <charconv>

namespace e2b::sim {
namespace {

constexpr std::size_t max_page = 100;

bool is_json(std::string_view content_type) noexcept {
    constexpr std::string_view json = "application/json";
    auto const type = content_type.substr(0, content_type.find_first_of("; "));
    return std::ranges::equal(type, json, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
}

// Whether two keys are the same, in a time that does not tell how far they agree.
bool same_key(std::string_view a, std::string_view b) noexcept {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

bool starts(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

} // namespace

Api::Api(SimulatorOptions const& options, std::chrono::system_clock::time_point epoch)
    : platform_(options),
      faults_(options.seed),
      limiter_(options.rate_limit, options.rate_window),
      key_(options.api_key),
      epoch_(epoch),
      snapshots_tokens_(options.seed, CodecKind::snapshots_token),
      ascending_tokens_(options.seed, CodecKind::sandboxes_ascending_token),
      descending_tokens_(options.seed, CodecKind::sandboxes_descending_token),
      builds_tokens_(options.seed, CodecKind::builds_token),
      traces_(options.seed, CodecKind::trace),
      on_request_(options.on_request) {
    if (options.on_snapshot) {
        platform_.on_snapshot(
            [this, told = options.on_snapshot](Build const& build) { told(record(build)); });
    }
}

Api::Route Api::find_route(Request const& request) const {
    auto const question = request.target.find('?');
    std::string_view path = request.target.substr(0, question);
    Route route;
    if (question != std::string_view::npos)
        route.query = request.target.substr(question + 1);
    if (starts(path, prefix()))
        route.endpoint = find_endpoint(request, path, route);
    if (!serves(route.endpoint))
        route.endpoint = SimulatorEndpoint::other;
    return route;
}

SimulatorEndpoint Api::find_endpoint(Request const& request, std::string_view path, Route& route) const {
    bool const get = request.method == "GET";
    bool const post = request.method == "POST";
    bool const del = request.method == "DELETE";
    if (path == "/snapshots")
        return get ? SimulatorEndpoint::list_snapshots : SimulatorEndpoint::other;
    if (path == "/sandboxes")
        return post ? SimulatorEndpoint::create_sandbox : SimulatorEndpoint::other;
    if (path == "/v2/sandboxes")
        return get                                         ? SimulatorEndpoint::list_sandboxes
               : post && platform_.dialect().creates_by_v2 ? SimulatorEndpoint::create_sandbox
                                                           : SimulatorEndpoint::other;
    if (path == "/templates/tags")
        return post  ? SimulatorEndpoint::add_tags
               : del ? SimulatorEndpoint::remove_tags
                     : SimulatorEndpoint::other;
    bool const of_sandbox = starts(path, "/sandboxes/");
    bool const of_alias = !of_sandbox && starts(path, "/templates/aliases/");
    if (!of_sandbox && !of_alias && !starts(path, "/templates/"))
        return SimulatorEndpoint::other;
    route.id = path.substr(0, path.find('/'));
    path.remove_prefix(route.id.size());
    if (of_alias)
        return path.empty() && get ? SimulatorEndpoint::find_alias : SimulatorEndpoint::other;
    if (path.empty() && of_sandbox)
        return get   ? SimulatorEndpoint::get_sandbox
               : del ? SimulatorEndpoint::kill_sandbox
                     : SimulatorEndpoint::other;
    if (path.empty())
        return get   ? SimulatorEndpoint::get_template
               : del ? SimulatorEndpoint::delete_template
                     : SimulatorEndpoint::other;
    if (of_sandbox && post)
        return path == "/snapshots" ? SimulatorEndpoint::create_snapshot
               : path == "/pause"   ? SimulatorEndpoint::pause_sandbox
                                    : SimulatorEndpoint::other;
    return !of_sandbox && get && path == "/tags" ? SimulatorEndpoint::list_tags : SimulatorEndpoint::other;
}

bool Api::serves(SimulatorEndpoint endpoint) const noexcept {
    Dialect const& dialect = platform_.dialect();
    switch (endpoint) {
    case SimulatorEndpoint::create_snapshot:
    case SimulatorEndpoint::list_snapshots:
    case SimulatorEndpoint::delete_template:
        return dialect.has_snapshots;
    case SimulatorEndpoint::get_template:
        return dialect.has_snapshots;
    case SimulatorEndpoint::list_tags:
    case SimulatorEndpoint::add_tags:
    case SimulatorEndpoint::remove_tags:
        return dialect.has_tags;
    case SimulatorEndpoint::find_alias:
        return dialect.has_aliases;
    default:
        return true;
    }
}

// What the web server says before anybody of the API is asked.
void Api::set_missing(Request const& request, Reply& reply) const {
    auto const path = request.target.substr(0, request.target.find('?'));
    bool const other_method = path == std::string(prefix()) + "/v2/sandboxes";
    switch (platform_.dialect().missing) {
    case Dialect::Missing::error:
        return reply.set_error(404, other_method ? "validation error: method not allowed"
                                                 : "validation error: no matching operation was found");
    case Dialect::Missing::text:
        return reply.set_text(404, "404 page not found");
    case Dialect::Missing::text_or_405:
        return other_method ? reply.set_text(405, "Method Not Allowed\n")
                            : reply.set_text(404, "404 page not found\n");
    case Dialect::Missing::empty_or_405:
        return reply.set_text(other_method ? 405 : 404, {});
    }
}

void Api::add_trace(Reply& reply) {
    auto const field = platform_.dialect().trace_field;
    if (field.empty())
        return;
    reply.fields.append(field).append(": ");
    traces_.append_hex(reply.fields, handled_++);
    reply.fields.append("\r\n");
}

bool Api::authenticate(Request const& request, Reply& reply) const {
    if (!request.api_key || request.api_key->empty()) {
        reply.set_error(401, "The API key is missing: send it as X-API-Key");
        return false;
    }
    if (!same_key(*request.api_key, key_)) {
        reply.set_error(401, "The API key is not known");
        return false;
    }
    return true;
}

void Api::note(Request const& request, Route const& route) {
    ++requests_[static_cast<std::size_t>(route.endpoint)];
    bool const snapshot = route.endpoint == SimulatorEndpoint::create_snapshot;
    if (on_request_) {
        ReceivedRequest received;
        received.endpoint = route.endpoint;
        received.sandbox_id = snapshot ? route.id : std::string_view();
        received.headers = header_fields(request);
        on_request_(received);
    }
    if (!snapshot)
        return;
    if (auto const sandbox = platform_.sandboxes().find(route.id))
        ++platform_.sandboxes()[*sandbox].requests;
}

bool Api::admit(Instant now, Reply& reply) {
    if (blocked_) {
        reply.set_error(403);
        return false;
    }
    if (!limiter_.enabled())
        return true;
    auto const verdict = limiter_.take(now);
    reply.add_field("RateLimit-Limit", static_cast<long long>(limiter_.limit()));
    reply.add_field("RateLimit-Remaining", static_cast<long long>(verdict.remaining));
    reply.add_field("RateLimit-Reset", verdict.reset.count());
    if (!verdict.allowed) {
        if (!platform_.dialect().busy_says_when)
            reply.add_field("Retry-After", verdict.retry_after.count());
        reply.set_error(429);
    }
    return verdict.allowed;
}

std::optional<CallId> Api::handle(Request const& request, std::uint64_t connection, Instant now,
                                  Answer& answer) {
    answer.clear(now);
    platform_.advance(now);
    Route const route = find_route(request);
    if (route.endpoint == SimulatorEndpoint::other) {
        note(request, route);
        set_missing(request, answer.reply);
        return std::nullopt;
    }
    add_trace(answer.reply);
    if (!authenticate(request, answer.reply))
        return std::nullopt;
    note(request, route);
    if (!admit(now, answer.reply))
        return std::nullopt;
    bool const by_id = route.endpoint == SimulatorEndpoint::create_snapshot;
    answer.strike =
        faults_.next(route.endpoint, by_id ? SandboxStore::without_client(route.id) : std::string_view());
    if (answer.strike)
        ++faults_struck_;
    return dispatch({request, route, connection, now, answer.reply, answer.strike});
}

std::optional<CallId> Api::dispatch(Context const& context) {
    Strike const& strike = context.strike;
    bool const node_fails = strike && strike.fault->kind == SimulatorFault::Kind::node_failure;
    bool const snapshot = context.route.endpoint == SimulatorEndpoint::create_snapshot;
    if (strike && strike.fault->moment == SimulatorFault::Moment::before && !(node_fails && snapshot)) {
        spoil(context.reply, strike, false);
        return std::nullopt;
    }
    switch (context.route.endpoint) {
    case SimulatorEndpoint::create_snapshot:
        if (auto const call = create_snapshot(context))
            return call;
        break;
    case SimulatorEndpoint::list_snapshots:
        list_snapshots(context);
        break;
    case SimulatorEndpoint::delete_template:
        delete_template(context);
        break;
    case SimulatorEndpoint::get_template:
        get_template(context);
        break;
    case SimulatorEndpoint::list_tags:
        list_tags(context);
        break;
    case SimulatorEndpoint::find_alias:
        find_alias(context);
        break;
    case SimulatorEndpoint::add_tags:
        add_tags(context);
        break;
    case SimulatorEndpoint::remove_tags:
        remove_tags(context);
        break;
    case SimulatorEndpoint::list_sandboxes:
        list_sandboxes(context);
        break;
    case SimulatorEndpoint::get_sandbox:
        get_sandbox(context);
        break;
    case SimulatorEndpoint::create_sandbox:
        create_sandbox(context);
        break;
    case SimulatorEndpoint::pause_sandbox:
        pause_sandbox(context);
        break;
    case SimulatorEndpoint::kill_sandbox:
        kill_sandbox(context);
        break;
    case SimulatorEndpoint::other:
        break;
    }
    spoil(context.reply, strike, true);
    return std::nullopt;
}

void Api::spoil(Reply& reply, Strike const& strike, bool worked) {
    if (!strike)
        return;
    SimulatorFault const& fault = *strike.fault;
    if (fault.kind == SimulatorFault::Kind::reject) {
        if (fault.retry_after)
            reply.add_field("Retry-After",
                            std::chrono::ceil<std::chrono::seconds>(*fault.retry_after).count());
        reply.set_error(fault.status, fault.text);
    } else if (fault.kind == SimulatorFault::Kind::balancer) {
        reply.set_balancer_error(fault.status);
    } else if (!worked) {
        reply.set_error(500);
    }
}

std::optional<SandboxIndex> Api::require_sandbox(Context const& context) {
    auto const id = context.route.id;
    if (!platform_.sandboxes().valid_id(id)) {
        context.reply.set_error(400, "Invalid sandbox ID");
        return std::nullopt;
    }
    auto const sandbox = platform_.find_sandbox(id, context.now);
    if (!sandbox)
        context.reply.set_error(404, "Sandbox \"" + std::string(id) + "\" was not found");
    return sandbox;
}

std::chrono::system_clock::time_point Api::wall_time(Instant at) const {
    return epoch_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(at);
}

std::optional<std::size_t> read_limit(Query const& query, Reply& reply) {
    auto const text = query.find("limit");
    if (!text)
        return max_page;
    std::size_t limit = 0;
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > max_page) {
        reply.set_error(400, "The limit must be 1 to 100");
        return std::nullopt;
    }
    return limit;
}

bool require_json(Request const& request, Reply& reply) {
    if (request.content_type && is_json(*request.content_type))
        return true;
    reply.set_error(400, "Error when parsing request: the content type must be application/json");
    return false;
}

} // namespace e2b::sim
