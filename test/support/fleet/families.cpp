#include "support/fleet/families.hpp"

#include <algorithm>
#include <cmath>

namespace e2b::test::fleet {

namespace {

using Random = std::mt19937_64;

double between(Random& random, double low, double high) {
    return low + (high - low) * uniform(random);
}

void shuffle(std::vector<Item>& items, Random& random) {
    for (auto i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[random() % i]);
}

// 40 nodes of 3 slots, 0.4 to 0.6 s for a snapshot, the sandboxes spread evenly and listed in any order.
Platform even(std::uint64_t seed, std::size_t items = 3'000, std::size_t nodes = 40, unsigned slots = 3) {
    Platform platform;
    platform.seed = seed;
    Random random(seed);
    platform.nodes.resize(nodes);
    for (auto& node : platform.nodes)
        node.slots = slots;
    for (std::size_t i = 0; i < items; ++i)
        platform.items.push_back({static_cast<std::uint32_t>(i % nodes), between(random, 0.4, 0.6)});
    shuffle(platform.items, random);
    return platform;
}

Platform nothing(std::uint64_t seed) {
    return even(seed);
}

Platform random_refusals(std::uint64_t seed) {
    auto platform = even(seed);
    platform.refused = 0.05;
    return platform;
}

// A fifth of the sandboxes on one node.
Platform hot_node(std::uint64_t seed) {
    auto platform = even(seed, 1'500);
    Random random(seed);
    for (auto& item : platform.items)
        item.node = static_cast<std::uint32_t>(1 + random() % 39);
    for (std::size_t i = 0; i < platform.items.size(); i += 5)
        platform.items[i].node = 0;
    platform.nodes[0].is_special = true;
    shuffle(platform.items, random);
    return platform;
}

Platform hot_node_first(std::uint64_t seed) {
    auto platform = hot_node(seed);
    std::sort(platform.items.begin(), platform.items.end(),
              [](Item const& a, Item const& b) { return (a.node == 0) > (b.node == 0); });
    return platform;
}

Platform pause(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    auto const begin = between(random, 0.5, 6);
    platform.nodes[0].is_special = true;
    platform.nodes[0].changes = {{begin, NodeState::refuses, 3}, {begin + 6, NodeState::serves, 3}};
    return platform;
}

Platform slower(std::uint64_t seed) {
    auto platform = even(seed);
    platform.slowness = {{6.25, 3}};
    return platform;
}

Platform limited(std::uint64_t seed) {
    auto platform = even(seed);
    platform.limit.per_second = 100;
    return platform;
}

Platform one_429_in_500(std::uint64_t seed) {
    auto platform = even(seed, 10'000);
    platform.limited = 0.002;
    return platform;
}

Platform one_429_in_100(std::uint64_t seed) {
    auto platform = even(seed, 10'000);
    platform.limited = 0.01;
    return platform;
}

Platform sizes(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    for (auto& item : platform.items)
        item.work = uniform(random) < 1.0 / 40 ? 5 : 0.1;
    return platform;
}

Platform two_slots(std::uint64_t seed) {
    return even(seed, 300, 2, 1);
}

// ---- More kinds of platforms

void spread(Platform& platform, Random& random, std::vector<double> const& weights) {
    double sum = 0;
    for (auto const each : weights)
        sum += each;
    for (auto& item : platform.items) {
        auto left = uniform(random) * sum;
        std::uint32_t node = 0;
        while (node + 1 < weights.size() && left >= weights[node])
            left -= weights[node++];
        item.node = node;
    }
}

// 4 s a snapshot and a queue of 15 s, as the platform has them.
Platform with_real_times(std::uint64_t seed, std::size_t items = 3'000) {
    auto platform = even(seed, items);
    for (auto& item : platform.items)
        item.work = 3 + (item.work - 0.4) * 10;
    platform.queue_timeout = 15;
    platform.round_trip = 0.1;
    return platform;
}

Platform real_times(std::uint64_t seed) {
    return with_real_times(seed);
}

double normal(Random& random) {
    return std::sqrt(-2 * std::log(1 - uniform(random))) * std::cos(6.283185307179586 * uniform(random));
}

void refuse(Node& node, double from, double to) {
    node.is_special = true;
    node.changes.push_back({from, NodeState::refuses, node.slots});
    node.changes.push_back({to, NodeState::serves, node.slots});
}

Platform sized_nodes(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    std::vector<double> weights;
    for (auto& node : platform.nodes) {
        node.slots = static_cast<unsigned>(1 + random() % 8);
        weights.push_back(node.slots);
    }
    spread(platform, random, weights);
    return platform;
}

Platform small_nodes_full(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    for (auto& node : platform.nodes)
        node.slots = static_cast<unsigned>(1 + random() % 5);
    for (auto& node : platform.nodes)
        node.is_special = node.slots == 1;
    return platform;
}

Platform zipf(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    std::vector<double> weights;
    for (std::size_t i = 0; i < 40; ++i)
        weights.push_back(1 / std::sqrt(static_cast<double>(i + 1)));
    spread(platform, random, weights);
    for (std::size_t i = 0; i < 6; ++i)
        platform.nodes[i].is_special = true;
    return platform;
}

Platform by_node(std::uint64_t seed) {
    auto platform = even(seed);
    std::sort(platform.items.begin(), platform.items.end(),
              [](Item const& a, Item const& b) { return a.node < b.node; });
    return platform;
}

Platform correlated_drains(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    auto const begin = between(random, 1, 6);
    for (std::size_t i = 0; i < 8; ++i)
        refuse(platform.nodes[i], begin + between(random, 0, 0.5), begin + 4 + between(random, 0, 1));
    return platform;
}

Platform rolling_drains(std::uint64_t seed) {
    auto platform = even(seed, 6'000);
    for (std::size_t i = 0; i < 40; ++i)
        refuse(platform.nodes[i], 0.5 * static_cast<double>(i), 0.5 * static_cast<double>(i) + 2);
    return platform;
}

Platform others_come_and_go(std::uint64_t seed) {
    auto platform = even(seed, 6'000);
    Random random(seed);
    for (auto& node : platform.nodes) {
        auto const phase = uniform(random);
        for (int i = 0; i < 40; ++i)
            node.changes.push_back(
                {(i + phase) * 3, NodeState::serves, static_cast<unsigned>(1 + random() % 3)});
    }
    return platform;
}

Platform others_take_two_thirds(std::uint64_t seed) {
    auto platform = even(seed, 6'000);
    for (auto& node : platform.nodes)
        node.changes = {{8, NodeState::serves, 1}, {20, NodeState::serves, 3}};
    return platform;
}

Platform long_tail(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    for (auto& item : platform.items)
        item.work = 0.3 * std::exp(normal(random));
    return platform;
}

Platform exponential(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    for (auto& item : platform.items)
        item.work = -0.5 * std::log(1 - uniform(random));
    return platform;
}

Platform pareto(std::uint64_t seed) {
    auto platform = even(seed);
    Random random(seed);
    for (auto& item : platform.items)
        item.work = std::min(20.0, 0.2 * std::pow(1 - uniform(random), -1 / 1.5));
    return platform;
}

Platform small_first(std::uint64_t seed) {
    auto platform = exponential(seed);
    std::sort(platform.items.begin(), platform.items.end(),
              [](Item const& a, Item const& b) { return a.work < b.work; });
    return platform;
}

Platform half_is_lost(std::uint64_t seed) {
    auto platform = even(seed);
    for (std::size_t i = 0; i < 20; ++i)
        platform.nodes[i].changes = {{5, NodeState::gone, 0}};
    return platform;
}

Platform half_refuses(std::uint64_t seed) {
    auto platform = even(seed);
    for (std::size_t i = 0; i < 20; ++i)
        refuse(platform.nodes[i], 4, 9);
    return platform;
}

Platform all_refuse(std::uint64_t seed) {
    auto platform = even(seed);
    for (auto& node : platform.nodes)
        refuse(node, 4, 14);
    return platform;
}

Platform mixture(std::uint64_t seed) {
    auto platform = hot_node(seed);
    platform.refused = 0.03;
    platform.limited = 0.005;
    Random random(seed);
    refuse(platform.nodes[5], between(random, 1, 3), between(random, 5, 9));
    return platform;
}

Platform slow_and_drain(std::uint64_t seed) {
    auto platform = slower(seed);
    Random random(seed);
    auto const begin = between(random, 3, 12);
    refuse(platform.nodes[3], begin, begin + 5);
    refuse(platform.nodes[4], begin + 2, begin + 6);
    return platform;
}

Platform hot_and_drained(std::uint64_t seed) {
    auto platform = hot_node(seed);
    for (std::size_t i = 0; i < platform.items.size(); i += 10)
        platform.items[i].node = 1;
    refuse(platform.nodes[1], 2, 12);
    return platform;
}

Platform twenty_percent_refused(std::uint64_t seed) {
    auto platform = even(seed);
    platform.refused = 0.2;
    return platform;
}

Platform one_429_in_20(std::uint64_t seed) {
    auto platform = even(seed);
    platform.limited = 0.05;
    return platform;
}

Platform limited_by_windows(std::uint64_t seed) {
    auto platform = even(seed);
    platform.limit.per_second = 100;
    platform.limit.window = 3;
    return platform;
}

Platform limited_in_silence(std::uint64_t seed) {
    auto platform = even(seed);
    platform.limit.per_second = 100;
    platform.limit.says_when = false;
    return platform;
}

Platform limited_to_few(std::uint64_t seed) {
    auto platform = even(seed, 1'000);
    platform.limit.per_second = 15;
    return platform;
}

Platform faster(std::uint64_t seed) {
    auto platform = even(seed, 6'000);
    platform.slowness = {{0, 3}, {20, 1}};
    return platform;
}

Platform waves(std::uint64_t seed) {
    auto platform = even(seed, 6'000);
    for (int i = 0; i < 20; ++i)
        platform.slowness.push_back({8.0 * i, i % 2 == 0 ? 1.0 : 2.5});
    return platform;
}

Platform short_queue(std::uint64_t seed) {
    auto platform = even(seed);
    platform.queue_timeout = 0.5;
    return platform;
}

Platform no_queue(std::uint64_t seed) {
    auto platform = even(seed);
    platform.queue_timeout = 0;
    return platform;
}

Platform one_slot(std::uint64_t seed) {
    return even(seed, 300, 1, 1);
}

Platform small_fleet(std::uint64_t seed) {
    return even(seed, 120);
}

Platform large(std::uint64_t seed) {
    auto platform = with_real_times(seed, 12'000);
    platform.nodes.resize(160);
    Random random(seed);
    for (auto& item : platform.items)
        item.node = static_cast<std::uint32_t>(random() % 160);
    return platform;
}

Platform real_hot(std::uint64_t seed) {
    auto platform = with_real_times(seed, 1'500);
    Random random(seed);
    for (auto& item : platform.items)
        item.node = uniform(random) < 0.2 ? 0 : static_cast<std::uint32_t>(1 + random() % 39);
    platform.nodes[0].is_special = true;
    return platform;
}

Platform real_drain(std::uint64_t seed) {
    auto platform = with_real_times(seed);
    refuse(platform.nodes[0], 20, 80);
    return platform;
}

Platform real_slower(std::uint64_t seed) {
    auto platform = with_real_times(seed);
    platform.slowness = {{50, 2}};
    return platform;
}

} // namespace

std::vector<Family> const& main_families() {
    static std::vector<Family> const all = {
        {"nothing happens", nothing, 1.15, 1.08},
        {"one in 20 is refused at random", random_refusals, 1.3, 1.15},
        {"a fifth of the sandboxes on one node", hot_node, 1.2, 1.1},
        {"the hot node's sandboxes first", hot_node_first, 1.3, 1.15},
        {"one node refuses everything for 6 s", pause, 1.3, 1.15},
        {"three times as slow from the middle on", slower, 1.4, 1.2},
        {"limited to 100 a second", limited, 1.25, 1.1},
        {"one 429 in 500, without a limit", one_429_in_500, 1.1, 1.05},
        {"one 429 in 100, without a limit", one_429_in_100, 1.1, 1.05},
        {"sizes differ by fifty", sizes, 1.4, 1.2},
        {"two nodes of one slot", two_slots, 1.3, 1.1},
    };
    return all;
}

std::vector<Family> const& more_families() {
    static std::vector<Family> const all = {
        {"the hot node's first, from a pipe", hot_node_first, 1.3, 1.15, 0.1, false},
        {"nodes of 1 to 8 slots", sized_nodes, 1.3, 1.15},
        {"small nodes with as many sandboxes", small_nodes_full, 1.2, 1.1},
        {"sandboxes crowd on some nodes", zipf, 1.2, 1.1},
        {"listed node by node", by_node, 1.3, 1.1},
        {"eight nodes refuse for 4 s together", correlated_drains, 1.3, 1.15},
        {"one node after another refuses for 2 s", rolling_drains, 1.5, 1.15},
        {"others take and free slots all the time", others_come_and_go, 1.3, 1.15, 0.12},
        {"others take two thirds for 12 s", others_take_two_thirds, 1.3, 1.15},
        {"lengths with a long tail (lognormal)", long_tail, 1.4, 1.15},
        {"exponential lengths", exponential, 1.3, 1.15},
        {"lengths with a longer tail (Pareto)", pareto, 1.4, 1.15, 0.12},
        {"the short ones first", small_first, 1.3, 1.15},
        {"half of the nodes is lost", half_is_lost, 1.3, 1.15},
        {"half of the nodes refuses for 5 s", half_refuses, 1.3, 1.15},
        {"everything is refused for 10 s", all_refuse, 1.3, 1.15},
        {"hot node, drain, 503 and 429 at random", mixture, 1.2, 1.1},
        {"slower, and two nodes drain", slow_and_drain, 1.4, 1.2},
        {"a hot node and one that drains", hot_and_drained, 1.2, 1.1},
        {"one in five is refused at random", twenty_percent_refused, 1.4, 1.15, 0.25},
        {"one 429 in 20, without a limit", one_429_in_20, 1.3, 1.1},
        {"limited to 300 in windows of 3 s", limited_by_windows, 1.3, 1.15},
        {"limited to 100 a second, without a hint", limited_in_silence, 1.25, 1.1, 0.12},
        {"limited to 15 a second", limited_to_few, 1.25, 1.1},
        {"three times as fast from 20 s on", faster, 1.3, 1.1},
        {"slow and fast in turns of 8 s", waves, 1.3, 1.1},
        {"a queue of 0.5 s", short_queue, 1.5, 1.2, 0.25},
        {"no queue", no_queue, 3.5, 2.5, 0.4},
        {"one slot", one_slot, 1.1, 1.05},
        {"three sandboxes a node", small_fleet, 3.5, 2.5},
        {"4 s a snapshot, a queue of 15 s", real_times, 1.25, 1.1},
        {"4 s, 15 s: 12,000 on 160 nodes", large, 1.2, 1.1},
        {"4 s, 15 s: a fifth on one node", real_hot, 1.1, 1.05},
        {"4 s, 15 s: a node refuses for 60 s", real_drain, 1.2, 1.1},
        {"4 s, 15 s: twice as slow from 50 s on", real_slower, 1.45, 1.2, 0.12},
    };
    return all;
}

} // namespace e2b::test::fleet
