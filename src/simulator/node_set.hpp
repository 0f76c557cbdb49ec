#pragma once

#include "simulator/instant.hpp"

#include <e2b/simulator.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace e2b::sim {

/// Which sandboxes are on which node, and which nodes take none at present.
class NodeSet {
public:
    explicit NodeSet(SimulatorOptions const& options);

    /// The node of the next sandbox.
    [[nodiscard]] std::uint32_t place();
    /// From a moment on the node refuses new snapshots, for so long.
    void drain(std::size_t node, Instant from, std::chrono::nanoseconds length);
    [[nodiscard]] bool drains(std::size_t node, Instant now) const noexcept;

private:
    struct Drain {
        std::size_t node;
        Instant from;
        Instant until;
    };

    std::vector<double> weights_; // relative to their sum; none: all alike
    std::vector<std::uint64_t> placed_;
    std::uint64_t count_ = 0;
    std::size_t nodes_;
    std::vector<Drain> drains_;
};

} // namespace e2b::sim
