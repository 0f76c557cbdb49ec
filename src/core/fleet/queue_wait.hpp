#pragma once

#include "core/time.hpp"

namespace e2b::core {

// How long the platform lets a request wait for its node before it refuses it. That is a constant of the
// platform's, so it shows in refusals that come at different times and took equally long. Those that a node
// refuses all together when it begins to drain took anything.
class QueueWait {
public:
    // True if so long a wait was one to its end.
    bool refused_after(double wait, TimePoint now) noexcept;
    // In seconds; 0 before it is known.
    [[nodiscard]] double seconds() const noexcept { return seconds_; }

private:
    double seconds_ = 0;
    double candidate_ = 0;
    TimePoint seen_at_{};
};

} // namespace e2b::core
