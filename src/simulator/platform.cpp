#include "simulator/platform.hpp"

#include <algorithm>

namespace e2b::sim {
namespace {

// Long enough that no sandbox ends by itself unless a request gave it a time.
constexpr Instant unlimited = std::chrono::hours(24 * 365 * 10);

bool overdue(Sandbox const& sandbox, Instant now) noexcept {
    return sandbox.state == SandboxState::running && sandbox.end_at <= now;
}

} // namespace

Platform::Platform(SimulatorOptions const& options)
    : sandboxes_(options.seed),
      templates_(options.seed, options.team),
      nodes_(options.nodes),
      negative_cache_(options.negative_alias_cache),
      random_(options.seed),
      slots_per_node_(options.slots_per_node),
      queue_timeout_(options.queue_timeout),
      request_timeout_(options.request_timeout),
      latency_(options.latency),
      latency_spread_(options.latency_spread) {
    templates_.add_ordinary("base");
    for (std::size_t i = 0; i < options.sandboxes; ++i)
        add_sandbox(base_template(), {}, std::nullopt, Instant(0));
}

std::optional<SandboxIndex> Platform::find_sandbox(std::string_view id, Instant now) {
    auto const index = sandboxes_.find(id);
    if (!index)
        return std::nullopt;
    if (overdue(sandboxes_[*index], now))
        kill(*index, now);
    return sandboxes_[*index].dead() ? std::nullopt : index;
}

void Platform::end_overdue(Instant now) {
    for (SandboxIndex i = 0; i < sandboxes_.size(); ++i) {
        if (overdue(sandboxes_[i], now))
            kill(i, now);
    }
}

SandboxIndex Platform::add_sandbox(TemplateIndex from, Metadata metadata, std::optional<Instant> end_at,
                                   Instant now, std::string_view id) {
    Sandbox sandbox;
    sandbox.node = static_cast<std::uint32_t>(sandboxes_.size() % nodes_.size());
    sandbox.template_index = from;
    sandbox.started_at = now;
    sandbox.end_at = end_at.value_or(now + unlimited);
    sandbox.metadata = std::move(metadata);
    return sandboxes_.add(std::move(sandbox), id);
}

bool Platform::pause(SandboxIndex index) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.state != SandboxState::running)
        return false;
    sandbox.state = SandboxState::paused;
    return true;
}

bool Platform::resume(SandboxIndex index) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.state != SandboxState::paused)
        return false;
    sandbox.state = SandboxState::running;
    return true;
}

bool Platform::kill(SandboxIndex index, Instant now) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.dead())
        return false;
    bool const in_flight = sandbox.state == SandboxState::snapshotting;
    sandbox.state = SandboxState::killed;
    if (in_flight)
        end(sandbox.call, {Decision::Kind::failed}, now);
    return true;
}

void Platform::fail_node(std::size_t node, Instant now) {
    for (SandboxIndex i = 0; i < sandboxes_.size(); ++i) {
        if (sandboxes_[i].node == node)
            kill(i, now);
    }
}

bool Platform::add_template(std::string alias) {
    if (templates_.find_alias(alias))
        return false;
    negative_cache_.forget(alias);
    templates_.add_ordinary(std::move(alias));
    return true;
}

std::optional<TemplateIndex> Platform::look_up(TemplateName const& name, Instant now) {
    if (name.team && *name.team != templates_.team())
        return std::nullopt;
    if (negative_cache_.contains(name.alias, now))
        return std::nullopt;
    auto const found = templates_.find(name);
    if (!found)
        negative_cache_.remember(name.alias, now);
    return found;
}

bool Platform::erase_template(TemplateIndex index) {
    for (SandboxIndex i = 0; i < sandboxes_.size(); ++i) {
        if (sandboxes_[i].state == SandboxState::paused && sandboxes_[i].template_index == index)
            return false;
    }
    templates_.erase(index);
    return true;
}

bool Platform::has_slot(Node const& node) const noexcept {
    return slots_per_node_ == 0 || node.busy < slots_per_node_;
}

std::chrono::nanoseconds Platform::draw_latency(Sandbox const& sandbox) {
    auto latency = sandbox.latency.value_or(latency_);
    if (latency_spread_ > Instant(0) && !sandbox.latency)
        latency += Instant(random_() % static_cast<std::uint64_t>(latency_spread_.count() + 1));
    return latency;
}

std::optional<Decision> Platform::create_snapshot(SandboxIndex index, std::optional<TemplateName> name,
                                                  bool node_fails, Caller caller, Instant now, CallId& id) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.dead() || sandbox.state == SandboxState::paused)
        return Decision{Decision::Kind::not_found};
    if (sandbox.outdated)
        return Decision{Decision::Kind::outdated};
    Call call;
    call.caller = std::move(caller);
    call.sandbox = index;
    call.name = std::move(name);
    call.node_fails = node_fails;
    if (sandbox.state == SandboxState::snapshotting) {
        follow(std::move(call), sandbox.call, id);
        return std::nullopt;
    }
    if (call.name)
        call.existing = templates_.find_alias(call.name->alias);
    return begin(std::move(call), now, id);
}

void Platform::follow(Call call, CallId leader, CallId& id) {
    call.phase = Phase::following;
    Instant const due = call.due = call.caller.arrived_at + request_timeout_;
    id = calls_.insert(std::move(call));
    timers_.add(due, id);
    calls_.find(leader)->followers.push_back(id);
}

std::optional<Decision> Platform::begin(Call call, Instant now, CallId& id) {
    Sandbox& sandbox = sandboxes_[call.sandbox];
    Node& node = nodes_[sandbox.node];
    if (!has_slot(node)) {
        if (queue_timeout_ <= Instant(0))
            return Decision{Decision::Kind::busy};
        call.phase = Phase::queueing;
        Instant const due = call.due = call.caller.arrived_at + std::min(queue_timeout_, request_timeout_);
        sandbox.state = SandboxState::snapshotting;
        id = sandbox.call = calls_.insert(std::move(call));
        timers_.add(due, id);
        node.queue.push_back(id);
        return std::nullopt;
    }
    // The common case: nothing to wait for, so no slot, timer or id is ever needed.
    if (auto const latency = draw_latency(sandbox); latency > Instant(0)) {
        call.ready_at = now + latency;
    } else {
        call.started_at = now;
        return make_snapshot(call, now);
    }
    sandbox.state = SandboxState::snapshotting;
    id = sandbox.call = calls_.insert(std::move(call));
    start(id, now);
    return std::nullopt;
}

void Platform::start(CallId id, Instant now) {
    Call& call = *calls_.find(id);
    ++nodes_[sandboxes_[call.sandbox].node].busy;
    call.phase = Phase::working;
    call.started_at = now;
    call.due = std::min(call.ready_at, call.caller.arrived_at + request_timeout_);
    timers_.add(call.due, id);
}

void Platform::start_queued(std::uint32_t node_index, Instant now) {
    Node& node = nodes_[node_index];
    while (!node.queue.empty() && has_slot(node)) {
        CallId const id = node.queue.front();
        node.queue.pop_front();
        if (Call* const call = calls_.find(id)) {
            call->ready_at = now + draw_latency(sandboxes_[call->sandbox]);
            start(id, now);
        }
    }
}

void Platform::advance(Instant now) {
    while (auto const timer = timers_.pop_due(now))
        on_due(timer->value, timer->at);
}

void Platform::on_due(CallId id, Instant now) {
    Call* const call = calls_.find(id);
    if (call == nullptr || now < call->due)
        return; // decided meanwhile, or started meanwhile and due later
    if (call->phase == Phase::working && call->ready_at <= now)
        end(id, make_snapshot(*call, now), now);
    else if (call->phase == Phase::queueing && now < call->caller.arrived_at + request_timeout_)
        end(id, {Decision::Kind::busy}, now);
    else
        end(id, {Decision::Kind::failed}, now);
}

Decision Platform::make_snapshot(Call const& call, Instant now) {
    Sandbox& sandbox = sandboxes_[call.sandbox];
    if (call.node_fails) {
        sandbox.state = SandboxState::killed;
        return {Decision::Kind::failed};
    }
    auto const build = add_build(call, now);
    if (!build)
        return {Decision::Kind::failed};
    if (made_)
        made_(templates_.build(*build));
    return {Decision::Kind::created, *build};
}

std::optional<BuildIndex> Platform::add_build(Call const& call, Instant now) {
    if (!call.name) {
        TemplateIndex const made = templates_.add_snapshot(call.sandbox, std::nullopt);
        return templates_.add_build(made, call.sandbox, "default", call.started_at, now);
    }
    // Of several that began before the name existed, the first makes it and the others fail.
    auto target = templates_.find_alias(call.name->alias);
    if (target != call.existing)
        return std::nullopt;
    if (!target) {
        target = templates_.add_snapshot(call.sandbox, call.name->alias);
        // Clearing the cache is the last thing that a request does: one that a fault struck never came to it.
        if (!call.caller.strike)
            negative_cache_.forget(call.name->alias);
    }
    return templates_.add_build(*target, call.sandbox, call.name->tag, call.started_at, now);
}

bool Platform::cancel(CallId id, Instant now) {
    Call const* const call = calls_.find(id);
    if (call == nullptr)
        return false;
    if (call->phase != Phase::following)
        ++cancelled_;
    end(id, {Decision::Kind::failed}, now, false);
    return true;
}

void Platform::end(CallId id, Decision decision, Instant now, bool tell_caller) {
    Call call = calls_.take(id);
    if (tell_caller)
        completions_.push_back({std::move(call.caller), call.sandbox, decision, now});
    if (call.phase == Phase::following)
        return;
    Sandbox& sandbox = sandboxes_[call.sandbox];
    if (!sandbox.dead())
        sandbox.state = SandboxState::running;
    auto const answer = sandbox.dead() ? Decision::Kind::not_found : Decision::Kind::conflict;
    for (CallId const follower : call.followers) {
        if (calls_.find(follower) != nullptr)
            end(follower, {answer}, now);
    }
    if (call.phase == Phase::working) {
        --nodes_[sandbox.node].busy;
        start_queued(sandbox.node, now);
    }
}

} // namespace e2b::sim
