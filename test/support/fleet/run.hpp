#pragma once

#include "core/fleet/bulk_plan.hpp"
#include "support/fleet/platform.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <utility>
#include <vector>

namespace e2b::test::fleet {

struct RunResult {
    double seconds = 0;
    std::size_t posts = 0;
    std::size_t created = 0;
    std::size_t gone = 0;     // 404
    std::size_t given_up = 0; // although the platform would have taken them
    std::size_t refused = 0;  // 503 and 429, but for those of special nodes
    std::size_t refused_by_special = 0;
    std::size_t made_twice = 0;
    std::size_t most_in_flight = 0;
    std::size_t most_held = 0; // items in memory

    [[nodiscard]] double refused_share() const {
        return posts == 0 ? 0 : static_cast<double>(refused) / static_cast<double>(posts);
    }
};

// What a run was like around a moment.
struct Sample {
    double at = 0;
    std::size_t window = 0;
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
    double created = 0; // a second
    double refused = 0;
    double starts_per_second = 0; // allowed
};

// A plan that snapshots the model's items, on a clock that jumps from event to event.
class Run {
public:
    Run(Platform const& platform, core::BulkLimits limits);

    // `until`: seconds after which it is broken off.
    RunResult run(double until = 1e9);
    // The same, with a sample for each `step` seconds.
    std::vector<Sample> trace(double step, double until = 1e9);

    [[nodiscard]] core::BulkPlan& plan() noexcept { return plan_; }

private:
    struct Entry : core::BulkEntry {
        enum class Where : unsigned char { ours, queued, served, answered };

        std::uint32_t index = 0;
        std::uint32_t visit = 0; // counts the requests, so that an outdated event is known
        Where where = Where::ours;
        bool created = false;
    };
    struct NodeNow {
        NodeState state = NodeState::serves;
        unsigned slots = 0;
        unsigned busy = 0;
        std::deque<std::pair<std::uint32_t, std::uint32_t>> queue; // item and visit; some have left it
    };
    enum class What : unsigned char { wake, change, queue_timeout, served, answer };
    struct Event {
        core::TimePoint at;
        std::uint64_t number;
        What what;
        Errc error;
        std::uint32_t index; // of the item or the node
        std::uint32_t visit; // of the item; the change of the node
        bool operator>(Event const& other) const {
            return at != other.at ? at > other.at : number > other.number;
        }
    };

    [[nodiscard]] double now_seconds() const { return Seconds(now_ - core::TimePoint()).count(); }
    void push(double delay, What what, std::uint32_t index, std::uint32_t visit = 0, Errc error = Errc());
    bool pump(); // false at the end
    void happen(Event const& event);
    void change(std::uint32_t node, NodeChange const& to);

    void arrive(Entry& entry);
    [[nodiscard]] bool limiter_allows();
    [[nodiscard]] bool is_queued(std::pair<std::uint32_t, std::uint32_t> const& place) const;
    void serve(Entry& entry);
    void start_queued(NodeNow& node);
    void answer(Entry& entry, Errc error);
    void deliver(Entry& entry, Errc error);
    [[nodiscard]] double limiter_wait() const;

    Platform const& platform_;
    core::BulkPlan plan_;
    std::mt19937_64 random_;
    std::vector<Entry> entries_;
    std::vector<NodeNow> nodes_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t numbers_ = 0;
    core::TimePoint now_{};
    core::TimePoint wake_at_ = core::TimePoint::max();
    std::size_t taken_ = 0;
    double tokens_ = 0;
    double tokens_at_ = 0;
    RunResult result_;
};

} // namespace e2b::test::fleet
