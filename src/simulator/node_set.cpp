#include "simulator/node_set.hpp"

#include <algorithm>
#include <numeric>

namespace e2b::sim {

NodeSet::NodeSet(SimulatorOptions const& options)
    : weights_(options.node_weights),
      placed_(options.node_weights.size()),
      nodes_(options.nodes) {
    auto const sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    for (auto& weight : weights_)
        weight /= sum;
    for (auto const& each : options.drains)
        drain(each.node, Instant(each.from), each.length);
}

std::uint32_t NodeSet::place() {
    auto const number = count_++;
    if (weights_.empty())
        return static_cast<std::uint32_t>(number % nodes_);
    // The one that lacks most of its share, so that every beginning of the list has all in proportion.
    std::size_t next = 0;
    double most = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        auto const lacks = weights_[i] * static_cast<double>(count_) - static_cast<double>(placed_[i]);
        if (lacks > most) {
            most = lacks;
            next = i;
        }
    }
    ++placed_[next];
    return static_cast<std::uint32_t>(next);
}

void NodeSet::drain(std::size_t node, Instant from, std::chrono::nanoseconds length) {
    std::erase_if(drains_, [from](Drain const& each) { return each.until <= from; });
    drains_.push_back({node, from, from + length});
}

bool NodeSet::drains(std::size_t node, Instant now) const noexcept {
    return std::ranges::any_of(drains_, [&](Drain const& each) {
        return each.node == node && each.from <= now && now < each.until;
    });
}

} // namespace e2b::sim
