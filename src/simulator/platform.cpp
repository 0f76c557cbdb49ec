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

Platform::Platform(SimulatorOptions const& options) : Platform(options, Dialect::of(options.profile)) {}

Platform::Platform(SimulatorOptions const& options, Dialect const& dialect)
    : sandboxes_(options.seed, dialect.ids),
      templates_(options.seed, options.team, dialect.ids),
      nodes_(options.nodes),
      node_set_(options),
      negative_cache_(dialect.has_alias_cache ? options.negative_alias_cache : Instant(0)),
      random_(options.seed),
      dialect_(dialect),
      slots_per_node_(options.slots_per_node),
      queue_timeout_(options.queue_timeout),
      request_timeout_(dialect.works_for.value_or(options.request_timeout)),
      latency_(options.latency),
      latency_spread_(options.latency_spread),
      slow_share_(options.slow_share),
      slow_latency_(options.slow_latency),
      status_delay_(options.status_delay),
      in_place_checkpoint_(options.in_place_checkpoint),
      filesystem_snapshots_(options.filesystem_snapshots) {
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
    sandbox.node = node_set_.place();
    if (slow_share_ > 0 && std::bernoulli_distribution(slow_share_)(random_))
        sandbox.latency = slow_latency_;
    sandbox.template_index = from;
    sandbox.started_at = now;
    sandbox.end_at = end_at.value_or(now + unlimited);
    sandbox.metadata = std::move(metadata);
    return sandboxes_.add(std::move(sandbox), id);
}

bool Platform::pause(SandboxIndex index) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.state != SandboxState::running || sandbox.lost)
        return false;
    sandbox.state = SandboxState::paused;
    return true;
}

bool Platform::resume(SandboxIndex index) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.state != SandboxState::paused)
        return false;
    sandbox.state = SandboxState::running;
    // It is placed anew: on its old node, unless that is too old for it.
    auto const node = std::ranges::find_if(nodes_, [](Node const& each) { return !each.outdated; });
    if (nodes_[sandbox.node].outdated && node != nodes_.end())
        sandbox.node = static_cast<std::uint32_t>(node - nodes_.begin());
    return true;
}

bool Platform::kill(SandboxIndex index, Instant now) {
    Sandbox& sandbox = sandboxes_[index];
    if (sandbox.dead())
        return false;
    bool const in_flight = sandbox.state == SandboxState::snapshotting;
    sandbox.state = SandboxState::killed;
    if (in_flight) {
        templates_.fail_build(calls_.find(sandbox.call)->build, now);
        end(sandbox.call, {Decision::Kind::failed}, now);
    }
    return true;
}

void Platform::fail_node(std::size_t node, Instant now) {
    for (SandboxIndex i = 0; i < sandboxes_.size(); ++i) {
        if (sandboxes_[i].node == node)
            kill(i, now);
    }
}

void Platform::outdate_node(std::size_t node) {
    if (node < nodes_.size())
        nodes_[node].outdated = true;
}

bool Platform::add_template(std::string alias, Instant now) {
    if (templates_.find_alias(alias))
        return false;
    negative_cache_.forget(alias);
    templates_.add_ordinary(std::move(alias), now);
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

std::optional<Decision> Platform::refuse(SnapshotOrder const& order) const {
    Sandbox const& sandbox = sandboxes_[order.sandbox];
    if (sandbox.dead())
        return Decision{Decision::Kind::not_found};
    if (sandbox.state == SandboxState::paused)
        return Decision{dialect_.paused_is_400 ? Decision::Kind::not_running : Decision::Kind::not_found};
    if (sandbox.outdated)
        return Decision{Decision::Kind::outdated};
    if (!order.memory && !filesystem_snapshots_)
        return Decision{Decision::Kind::disabled};
    return std::nullopt;
}

std::optional<Decision> Platform::create_snapshot(SnapshotOrder order, Caller caller, Instant now,
                                                  CallId& id) {
    if (auto const refused = refuse(order))
        return refused;
    Sandbox& sandbox = sandboxes_[order.sandbox];
    Call call;
    call.caller = std::move(caller);
    call.order = std::move(order);
    if (sandbox.state == SandboxState::snapshotting) {
        follow(std::move(call), sandbox.call, id);
        return std::nullopt;
    }
    if (!call.order.memory && nodes_[sandbox.node].outdated)
        return Decision{Decision::Kind::unsupported_node};
    return begin(std::move(call), now, id);
}

void Platform::follow(Call call, CallId leader, CallId& id) {
    call.phase = Phase::following;
    Instant const due = call.due = call.caller.arrived_at + request_timeout_;
    id = calls_.insert(std::move(call));
    timers_.add(due, id);
    calls_.find(leader)->followers.push_back(id);
}

// The name is looked up, and the build noted under its tag, before the node is asked for anything.
bool Platform::begin_build(Call& call, std::optional<TemplateIndex> existing, Instant now) {
    SnapshotOrder const& order = call.order;
    auto target = existing;
    if (!target && order.name) {
        // Whoever believes that there is no such name makes it, and fails where there is one.
        if (templates_.find_alias(order.name->alias))
            return false;
        target = templates_.add_snapshot(order.sandbox, order.name->alias);
        call.makes_name = true;
    } else if (!target && !order.label.empty()) {
        target = templates_.add_labelled(order.sandbox, order.label);
    } else if (!target) {
        target = templates_.add_snapshot(order.sandbox, std::nullopt);
    }
    call.build = templates_.begin_build(*target, order.sandbox, order.name ? order.name->tag : "default",
                                        order.memory, now);
    return true;
}

std::optional<Decision> Platform::begin(Call call, Instant now, CallId& id) {
    Sandbox& sandbox = sandboxes_[call.order.sandbox];
    Node& node = nodes_[sandbox.node];
    auto const existing = call.order.name ? look_up(*call.order.name, now) : std::nullopt;
    if (!begin_build(call, existing, now))
        return Decision{Decision::Kind::failed};
    // Its node does not know it any more, and from now on nobody does.
    if (sandbox.lost) {
        templates_.fail_build(call.build, now);
        kill(call.order.sandbox, now);
        return Decision{Decision::Kind::failed};
    }
    bool const drains = node_set_.drains(sandbox.node, now);
    if (drains || !has_slot(node)) {
        call.phase = Phase::queueing;
        if (drains || queue_timeout_ <= Instant(0)) {
            stop_checkpoint(call, now);
            return Decision{dialect_.failure_kills ? Decision::Kind::failed : Decision::Kind::busy};
        }
        Instant const due = call.due = call.caller.arrived_at + std::min(queue_timeout_, request_timeout_);
        sandbox.state = SandboxState::snapshotting;
        id = sandbox.call = calls_.insert(std::move(call));
        timers_.add(due, id);
        node.queue.push_back(id);
        return std::nullopt;
    }
    // The common case: nothing to wait for, so no slot, timer or id is ever needed.
    if (auto const latency = draw_latency(sandbox); latency + status_delay_ > Instant(0)) {
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
    ++nodes_[sandboxes_[call.order.sandbox].node].busy;
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
        if (Call* const call = calls_.find(id); call != nullptr && call->phase == Phase::queueing) {
            call->ready_at = now + draw_latency(sandboxes_[call->order.sandbox]);
            start(id, now);
        }
    }
}

void Platform::release_slot(SandboxIndex sandbox, Instant now) {
    --nodes_[sandboxes_[sandbox].node].busy;
    start_queued(sandboxes_[sandbox].node, now);
}

void Platform::advance(Instant now) {
    while (auto const timer = timers_.pop_due(now))
        on_due(timer->value, timer->at);
}

void Platform::on_due(CallId id, Instant now) {
    Call* const call = calls_.find(id);
    if (call == nullptr || now < call->due)
        return; // decided meanwhile, or started meanwhile and due later
    if (call->phase == Phase::finishing)
        return end(id, make_snapshot(*call, now), now);
    if (call->phase != Phase::working || call->ready_at > now)
        return on_given_up(id, now);
    if (status_delay_ <= Instant(0))
        return end(id, make_snapshot(*call, now), now);
    call->phase = Phase::finishing;
    call->due = now + status_delay_;
    timers_.add(call->due, id);
    release_slot(call->order.sandbox, now);
}

// It took longer than its server, or its queue, has patience for.
void Platform::on_given_up(CallId id, Instant now) {
    Call& call = *calls_.find(id);
    bool const queue_is_over =
        call.phase == Phase::queueing && now < call.caller.arrived_at + request_timeout_;
    if (call.phase == Phase::working && dialect_.works_for) {
        completions_.push_back({call.caller, call.order.sandbox, {Decision::Kind::too_long}, now});
        call.told = true;
        call.due = call.ready_at;
        timers_.add(call.due, id);
        return;
    }
    if (call.phase != Phase::following)
        stop_checkpoint(call, now);
    bool const is_busy = queue_is_over && !dialect_.failure_kills;
    end(id, {is_busy ? Decision::Kind::busy : Decision::Kind::failed}, now);
}

Decision Platform::make_snapshot(Call const& call, Instant now) {
    Sandbox& sandbox = sandboxes_[call.order.sandbox];
    if (call.order.node_fails) {
        sandbox.state = SandboxState::killed;
        templates_.fail_build(call.build, now);
        return {Decision::Kind::failed};
    }
    if (!templates_.finish_build(call.build, call.started_at, now))
        return {Decision::Kind::failed};
    // Clearing the cache is the last thing that a request does: a server that dies never comes to it.
    bool const dies = call.caller.strike && call.caller.strike.fault->stale_cache;
    if (call.makes_name && !dies)
        negative_cache_.forget(call.order.name->alias);
    if (made_)
        made_(templates_.build(call.build));
    return {Decision::Kind::created, call.build};
}

void Platform::stop_checkpoint(Call const& call, Instant now) {
    templates_.fail_build(call.build, now);
    Sandbox& sandbox = sandboxes_[call.order.sandbox];
    if (dialect_.failure_kills) {
        sandbox.state = SandboxState::killed;
    } else if (call.phase == Phase::working && !in_place_checkpoint_) {
        sandbox.lost = true;
        ++lost_;
    }
}

bool Platform::cancel(CallId id, Instant now) {
    Call* const call = calls_.find(id);
    if (call == nullptr || call->told)
        return false;
    call->told = true;
    if (call->phase == Phase::finishing)
        return true;
    if (call->phase != Phase::following) {
        ++cancelled_;
        stop_checkpoint(*call, now);
    }
    end(id, {Decision::Kind::failed}, now);
    return true;
}

void Platform::end(CallId id, Decision decision, Instant now) {
    Call call = calls_.take(id);
    SandboxIndex const index = call.order.sandbox;
    if (!call.told)
        completions_.push_back({std::move(call.caller), index, decision, now});
    if (call.phase == Phase::following)
        return;
    Sandbox& sandbox = sandboxes_[index];
    if (!sandbox.dead())
        sandbox.state = SandboxState::running;
    auto const answer = sandbox.dead() ? Decision::Kind::not_found : Decision::Kind::conflict;
    for (CallId const follower : call.followers) {
        if (calls_.find(follower) != nullptr)
            end(follower, {answer}, now);
    }
    if (call.phase == Phase::working)
        release_slot(index, now);
}

} // namespace e2b::sim
