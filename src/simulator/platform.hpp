#pragma once

#include "simulator/dialect.hpp"
#include "simulator/fault_plan.hpp"
#include "simulator/instant.hpp"
#include "simulator/negative_cache.hpp"
#include "simulator/node_set.hpp"
#include "simulator/sandbox_store.hpp"
#include "simulator/slot_map.hpp"
#include "simulator/template_name.hpp"
#include "simulator/template_store.hpp"
#include "simulator/timer_queue.hpp"

#include <e2b/simulator.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace e2b::sim {

using CallId = std::uint64_t;

/// Who asked for a snapshot, in the asker's own terms, and what is to become of the answer. The platform
/// hands it back with the decision.
struct Caller {
    std::uint64_t connection = 0;
    Instant arrived_at{0};
    Strike strike;
    std::string fields; ///< Of the answer's header, decided when the request came.
};

/// What snapshot is asked for.
struct SnapshotOrder {
    SandboxIndex sandbox = 0;
    std::optional<TemplateName> name = {};
    std::string label = {};  ///< The name as it was written, where names are labels.
    bool memory = true;      ///< Otherwise the disk alone.
    bool node_fails = false; ///< The node dies instead.
};

/// What a request for a snapshot led to.
struct Decision {
    enum class Kind {
        created,
        not_found,        ///< No such sandbox, or none that runs.
        not_running,      ///< The same, for servers that tell.
        outdated,         ///< Its envd is too old.
        disabled,         ///< The team may have no snapshots without memory.
        unsupported_node, ///< Its node is too old for them.
        conflict,         ///< Another snapshot of it was in flight; this one waited until it ended.
        busy,             ///< Its node had no slot in time.
        failed,           ///< The ambiguous one.
        too_long,         ///< It goes on, but nobody waits for it any more.
    };

    Kind kind;
    BuildIndex build = 0; ///< If created.
};

struct Completion {
    Caller caller;
    SandboxIndex sandbox;
    Decision decision;
    Instant at; ///< When it was decided.
};

/// The platform behind the API: sandboxes and their states, nodes and their slots, templates, and the
/// snapshots in flight.
///
/// It decides and does nothing else: it has no socket, clock or thread. Time is handed in, and must not run
/// backwards.
class Platform {
public:
    using SnapshotMade = std::function<void(Build const&)>;

    /// Precondition: the options are valid.
    explicit Platform(SimulatorOptions const& options);

    /// A function to be told of each snapshot, before its caller is.
    void on_snapshot(SnapshotMade made) { made_ = std::move(made); }

    /// Asks for a snapshot. With latency 0 and a free slot the decision is there at once; otherwise it comes
    /// as a completion, under the id that is put into `id`.
    std::optional<Decision> create_snapshot(SnapshotOrder order, Caller caller, Instant now, CallId& id);
    /// The caller hung up: its snapshot is abandoned, unless it is all but ready, and nobody is told of it.
    /// False, and nothing happens, if it was decided already.
    bool cancel(CallId id, Instant now);
    /// Whether the call is not decided yet.
    [[nodiscard]] bool undecided(CallId id) noexcept {
        Call const* const call = calls_.find(id);
        return call != nullptr && !call->told;
    }
    /// Whether the call is at work, though perhaps nobody waits for it any more.
    [[nodiscard]] bool holds(CallId id) noexcept { return calls_.find(id) != nullptr; }
    /// Lets everything happen that is due, each thing at its own time.
    void advance(Instant now);
    /// When something is next due.
    [[nodiscard]] std::optional<Instant> next_due() const noexcept { return timers_.earliest(); }
    /// The decisions that were made since they were last taken.
    [[nodiscard]] bool has_completions() const noexcept { return !completions_.empty(); }
    std::vector<Completion> take_completions() { return std::exchange(completions_, {}); }

    /// The sandbox, unless it is unknown or dead. Ends it first if its time is over.
    [[nodiscard]] std::optional<SandboxIndex> find_sandbox(std::string_view id, Instant now);
    SandboxIndex add_sandbox(TemplateIndex from, Metadata metadata, std::optional<Instant> end_at,
                             Instant now, std::string_view id = {});
    /// These three: false if the sandbox's state does not allow it.
    bool pause(SandboxIndex sandbox);
    bool resume(SandboxIndex sandbox);
    bool kill(SandboxIndex sandbox, Instant now);
    void fail_node(std::size_t node, Instant now);
    /// From now on it takes no snapshots without memory.
    void outdate_node(std::size_t node);
    /// Ends every sandbox whose time is over.
    void end_overdue(Instant now);

    /// The ordinary template that sandboxes start from, unless told otherwise.
    [[nodiscard]] static TemplateIndex base_template() noexcept { return 0; }
    /// Makes an ordinary template. False if the alias is taken.
    bool add_template(std::string alias, Instant now);
    /// A template by its name, as requests for it find it: through the cache of names that don't exist.
    std::optional<TemplateIndex> look_up(TemplateName const& name, Instant now);
    /// False while paused sandboxes need it.
    bool erase_template(TemplateIndex index);

    void set_latency(std::chrono::nanoseconds latency) noexcept { latency_ = latency; }
    void drain_node(std::size_t node, Instant from, std::chrono::nanoseconds length) {
        node_set_.drain(node, from, length);
    }

    [[nodiscard]] SandboxStore& sandboxes() noexcept { return sandboxes_; }
    [[nodiscard]] SandboxStore const& sandboxes() const noexcept { return sandboxes_; }
    [[nodiscard]] TemplateStore& templates() noexcept { return templates_; }
    [[nodiscard]] TemplateStore const& templates() const noexcept { return templates_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return calls_.size(); }
    [[nodiscard]] std::uint64_t cancelled() const noexcept { return cancelled_; }
    /// How many sandboxes lost their machine.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    [[nodiscard]] Dialect const& dialect() const noexcept { return dialect_; }

private:
    Platform(SimulatorOptions const& options, Dialect const& dialect);

    enum class Phase {
        following, ///< Waits for the sandbox's other snapshot to end.
        queueing,  ///< Waits for a slot of its node.
        working,   ///< Is being made: the sandbox stands still.
        finishing, ///< Is all but ready: the sandbox runs again.
    };

    struct Call {
        Caller caller;
        SnapshotOrder order;
        BuildIndex build = no_index; ///< Once it is begun.
        bool makes_name = false;     ///< The template's name came with it.
        bool told = false;           ///< Nobody waits for it any more.
        Phase phase = Phase::working;
        Instant started_at{0};
        Instant due{0};
        Instant ready_at{0}; ///< When the snapshot is made, if nothing gives it up before.
        std::vector<CallId> followers;
    };

    struct Node {
        std::size_t busy = 0;
        std::deque<CallId> queue;
        bool outdated = false;
    };

    [[nodiscard]] bool has_slot(Node const& node) const noexcept;
    [[nodiscard]] std::chrono::nanoseconds draw_latency(Sandbox const& sandbox);
    /// Why there will be no snapshot, if that is known beforehand.
    [[nodiscard]] std::optional<Decision> refuse(SnapshotOrder const& order) const;
    void follow(Call call, CallId leader, CallId& id);
    std::optional<Decision> begin(Call call, Instant now, CallId& id);
    /// False if the name turns out to be taken.
    bool begin_build(Call& call, std::optional<TemplateIndex> existing, Instant now);
    void start(CallId id, Instant now);
    void start_queued(std::uint32_t node, Instant now);
    void release_slot(SandboxIndex sandbox, Instant now);
    void on_due(CallId id, Instant now);
    void on_given_up(CallId id, Instant now);
    Decision make_snapshot(Call const& call, Instant now);
    /// What a checkpoint that was stopped, or never began, leaves of the sandbox.
    void stop_checkpoint(Call const& call, Instant now);
    void end(CallId id, Decision decision, Instant now);

    SandboxStore sandboxes_;
    TemplateStore templates_;
    std::vector<Node> nodes_;
    NodeSet node_set_;
    SlotMap<Call> calls_;
    TimerQueue timers_;
    std::vector<Completion> completions_;
    NegativeCache negative_cache_;
    std::mt19937_64 random_;
    SnapshotMade made_;
    std::uint64_t cancelled_ = 0;
    std::uint64_t lost_ = 0;

    Dialect dialect_;
    std::size_t slots_per_node_;
    std::chrono::nanoseconds queue_timeout_;
    std::chrono::nanoseconds request_timeout_;
    std::chrono::nanoseconds latency_;
    std::chrono::nanoseconds latency_spread_;
    double slow_share_;
    std::chrono::nanoseconds slow_latency_;
    std::chrono::nanoseconds status_delay_;
    bool in_place_checkpoint_;
    bool filesystem_snapshots_;
};

} // namespace e2b::sim
