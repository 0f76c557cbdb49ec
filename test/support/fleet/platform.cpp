#include "support/fleet/platform.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

namespace e2b::test::fleet {

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// One node that has all its items at once: when it is done with them.
double node_seconds(Platform const& platform, Node const& node, std::vector<double> const& work) {
    std::priority_queue<double, std::vector<double>, std::greater<>> busy; // when each running one ends
    auto change = node.changes.begin();
    auto slots = node.slots;
    bool serves = true;
    double now = 0;
    double last = 0;
    for (std::size_t next = 0; next < work.size();) {
        if (serves && busy.size() < slots) {
            last = std::max(last, now + work[next] * platform.factor_at(now));
            busy.push(now + work[next] * platform.factor_at(now));
            ++next;
            continue;
        }
        auto const change_at = change != node.changes.end() ? change->at : never;
        auto const end_at = busy.empty() ? never : busy.top();
        now = std::min(change_at, end_at);
        if (now == never)
            break; // what is left can never be served
        if (change_at <= end_at) {
            slots = change->slots;
            serves = change->state == NodeState::serves;
            if (change->state == NodeState::gone)
                break;
            ++change;
        } else {
            busy.pop();
        }
    }
    return last;
}

} // namespace

double Platform::factor_at(double seconds) const {
    double factor = 1;
    for (auto const& each : slowness) {
        if (each.at > seconds)
            break;
        factor = each.factor;
    }
    return factor;
}

double ideal_seconds(Platform const& platform) {
    std::vector<std::vector<double>> work(platform.nodes.size());
    for (auto const& item : platform.items)
        work[item.node].push_back(item.work);
    double longest = 0;
    for (std::size_t i = 0; i < platform.nodes.size(); ++i)
        longest = std::max(longest, node_seconds(platform, platform.nodes[i], work[i]));
    if (auto const& limit = platform.limit; limit.per_second > 0) {
        auto const burst = limit.burst > 0 ? limit.burst : limit.per_second * std::max(limit.window, 1.0);
        auto const rest = static_cast<double>(platform.items.size()) - burst;
        longest = std::max(longest, rest / limit.per_second);
    }
    return longest;
}

} // namespace e2b::test::fleet
