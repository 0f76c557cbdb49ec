#pragma once

#include "simulator/platform.hpp"
#include "support/catch.hpp"

#include <e2b/simulator.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace e2b::sim::test {

using namespace std::chrono_literals;
using Kind = Decision::Kind;

inline SimulatorOptions platform_options(std::size_t sandboxes = 4, std::size_t nodes = 1) {
    SimulatorOptions options;
    options.sandboxes = sandboxes;
    options.nodes = nodes;
    options.slots_per_node = 0;
    options.latency = 4s;
    return options;
}

// A platform on a clock that is moved by hand, and the decisions that it came to.
class PlatformRig {
public:
    explicit PlatformRig(SimulatorOptions const& options = platform_options()) : platform(options) {
        platform.on_snapshot([this](Build const& build) { made.push_back(build); });
    }

    // Asks for a snapshot. What is decided at once is noted like what is decided later.
    CallId ask(SandboxIndex sandbox, std::optional<std::string> name = {}, bool node_fails = false,
               bool memory = true) {
        SnapshotOrder order;
        order.sandbox = sandbox;
        if (name)
            order.name = TemplateName::parse(*name).value();
        order.node_fails = node_fails;
        order.memory = memory;
        Caller caller;
        caller.connection = next_caller_++;
        caller.arrived_at = now;
        CallId id = 0;
        auto const decided = platform.create_snapshot(std::move(order), caller, now, id);
        last_caller = caller.connection;
        if (decided)
            decisions[caller.connection] = {caller, sandbox, *decided, now};
        note();
        return id;
    }

    // The decision on the nth request, counted from 0, if there is one yet.
    [[nodiscard]] std::optional<Kind> decision(std::uint64_t caller) const {
        auto const found = decisions.find(caller);
        return found == decisions.end() ? std::nullopt : std::optional(found->second.decision.kind);
    }
    [[nodiscard]] Instant decided_at(std::uint64_t caller) const { return decisions.at(caller).at; }

    void advance(std::chrono::nanoseconds duration) {
        now += duration;
        platform.advance(now);
        note();
    }

    void note() {
        for (Completion& completion : platform.take_completions()) {
            auto const caller = completion.caller.connection;
            REQUIRE(decisions.count(caller) == 0); // each request is decided once
            decisions.emplace(caller, std::move(completion));
        }
    }

    [[nodiscard]] SandboxState state(SandboxIndex sandbox) const {
        return platform.sandboxes()[sandbox].state;
    }
    // Its machine is gone, though its state may not say so.
    [[nodiscard]] bool lost(SandboxIndex sandbox) const { return platform.sandboxes()[sandbox].lost; }
    // The id that the answer to the nth request has.
    [[nodiscard]] std::string snapshot_id(std::uint64_t caller) const {
        Completion const& completion = decisions.at(caller);
        REQUIRE(completion.decision.kind == Kind::created);
        Build const& build = platform.templates().build(completion.decision.build);
        std::string text;
        platform.templates().append_snapshot_id(text, build.template_index, build.tag);
        return text;
    }

    Instant now{0};
    Platform platform;
    std::vector<Build> made;
    std::map<std::uint64_t, Completion> decisions;
    std::uint64_t last_caller = 0;

private:
    std::uint64_t next_caller_ = 0;
};

} // namespace e2b::sim::test
