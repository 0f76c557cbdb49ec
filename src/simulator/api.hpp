#pragma once

#include "simulator/answer.hpp"
#include "simulator/fault_plan.hpp"
#include "simulator/id_codec.hpp"
#include "simulator/platform.hpp"
#include "simulator/rate_limiter.hpp"
#include "simulator/request.hpp"

#include <e2b/simulator.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace e2b::sim {

class Query;

/// The platform's HTTP API: requests in, answers out. Like the platform behind it, it has no socket, clock or
/// thread.
class Api {
public:
    /// `epoch`: what time of day `Instant(0)` was. Precondition: the options are valid, with a key.
    Api(SimulatorOptions const& options, std::chrono::system_clock::time_point epoch);

    /// Answers a request, or else returns the id under which it waits for a snapshot; then the answer comes
    /// with `take_answers` and names the connection.
    std::optional<CallId> handle(Request const& request, std::uint64_t connection, Instant now,
                                 Answer& answer);

    /// The answers of requests that waited. `deliver(connection, Answer)`.
    template <class F>
    void take_answers(F deliver) {
        if (!platform_.has_completions())
            return;
        for (Completion& completion : platform_.take_completions()) {
            Answer answer = answer_to(completion);
            deliver(completion.caller.connection, std::move(answer));
        }
    }

    [[nodiscard]] Platform& platform() noexcept { return platform_; }
    [[nodiscard]] Platform const& platform() const noexcept { return platform_; }
    [[nodiscard]] FaultPlan& faults() noexcept { return faults_; }
    [[nodiscard]] std::uint64_t faults_struck() const noexcept { return faults_struck_; }
    [[nodiscard]] std::uint64_t requests(SimulatorEndpoint endpoint) const noexcept {
        return requests_[static_cast<std::size_t>(endpoint)];
    }
    void block_team(bool blocked) noexcept { blocked_ = blocked; }

    /// The record of a snapshot, as the ledger has it.
    [[nodiscard]] SimulatedSnapshot record(Build const& build) const;
    [[nodiscard]] std::vector<SimulatedSnapshot> records() const;
    /// What all paths begin with.
    [[nodiscard]] std::string_view prefix() const noexcept { return platform_.dialect().prefix; }

private:
    /// What a request asks for, as its line says it.
    struct Route {
        SimulatorEndpoint endpoint = SimulatorEndpoint::other;
        std::string_view id; ///< Still percent-encoded.
        std::string_view query;
    };
    /// What all requests to the endpoints share.
    struct Context {
        Request const& request;
        Route const& route;
        std::uint64_t connection;
        Instant now;
        Reply& reply;
        Strike const& strike;
    };

    [[nodiscard]] Route find_route(Request const& request) const;
    [[nodiscard]] SimulatorEndpoint find_endpoint(Request const& request, std::string_view path,
                                                  Route& route) const;
    /// Whether this server has the endpoint.
    [[nodiscard]] bool serves(SimulatorEndpoint endpoint) const noexcept;
    void set_missing(Request const& request, Reply& reply) const;
    void add_trace(Reply& reply);
    // These two put the error into the reply.
    bool authenticate(Request const& request, Reply& reply) const;
    bool admit(Instant now, Reply& reply);
    void note(Request const& request, Route const& route);
    std::optional<CallId> dispatch(Context const& context);
    static void spoil(Reply& reply, Strike const& strike, bool worked);

    // snapshot_endpoints.cpp
    std::optional<CallId> create_snapshot(Context const& context);
    bool read_order(Request const& request, SnapshotOrder& order, Reply& reply) const;
    bool read_name(std::string_view text, SnapshotOrder& order, Reply& reply) const;
    void list_snapshots(Context const& context);
    void set_decision(Reply& reply, SandboxIndex sandbox, Decision decision) const;
    void append_snapshot(std::string& out, TemplateIndex index, TagIndex tag) const;
    void append_row(std::string& out, SnapshotRow const& row) const;
    void append_names(std::string& out, TemplateIndex index) const;
    Answer answer_to(Completion& completion);

    // template_endpoints.cpp
    void delete_template(Context const& context);
    void get_template(Context const& context);
    void list_tags(Context const& context);
    void find_alias(Context const& context);
    void add_tags(Context const& context);
    void remove_tags(Context const& context);
    std::optional<TemplateIndex> require_template(Context const& context, TemplateName const& name);
    void append_build(std::string& out, BuildIndex index) const;

    // sandbox_endpoints.cpp
    void list_sandboxes(Context const& context);
    void get_sandbox(Context const& context);
    void create_sandbox(Context const& context);
    void pause_sandbox(Context const& context);
    void kill_sandbox(Context const& context);
    void append_sandbox(std::string& out, SandboxIndex index) const;

    std::optional<SandboxIndex> require_sandbox(Context const& context);
    [[nodiscard]] std::chrono::system_clock::time_point wall_time(Instant at) const;

    Platform platform_;
    FaultPlan faults_;
    RateLimiter limiter_;
    std::string key_;
    bool blocked_ = false;
    std::chrono::system_clock::time_point epoch_;
    IdCodec snapshots_tokens_;
    IdCodec ascending_tokens_;
    IdCodec descending_tokens_;
    IdCodec builds_tokens_;
    IdCodec traces_;
    std::uint64_t handled_ = 0;
    std::function<void(ReceivedRequest const&)> on_request_;
    std::array<std::uint64_t, static_cast<std::size_t>(SimulatorEndpoint::other) + 1> requests_{};
    std::uint64_t faults_struck_ = 0;
};

/// Reads a page's size, 1 to 100, and puts the error into the reply if it is none.
[[nodiscard]] std::optional<std::size_t> read_limit(Query const& query, Reply& reply);
/// Whether the request says that it carries JSON; puts the error into the reply if not.
[[nodiscard]] bool require_json(Request const& request, Reply& reply);

} // namespace e2b::sim
