#pragma once

#include "core/backoff.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace e2b::core {

// Holds back the dials of one origin while it does not respond, so that an outage costs a few dials a second
// however many calls wait.
//
//   open      any number of dials may run. One that fails closes the gate.
//   closed    no dial begins until a backoff is over: full jitter, growing with every closing in a row, and
//             never below half the base, so that a lucky draw is no storm.
//   half_open one dial may begin, the probe.
//   probing   the probe runs. It alone decides: success opens the gate, failure closes it for longer.
//
// Dials that began before the gate left `open` say nothing new: their ends change nothing here. A final
// failure (one that the next dial would meet too) leaves the gate half open: no call has to wait, and yet
// only one dial at a time asks whether things have changed.
class DialGate {
public:
    enum class State : unsigned char { open, closed, half_open, probing };

    // Given to every dial, handed back with its end.
    using Ticket = std::uint64_t;

    // Preconditions: 0 < base <= cap.
    DialGate(Duration base, Duration cap, std::uint64_t seed);

    [[nodiscard]] State state() const noexcept { return state_; }
    // Whether a dial may begin.
    [[nodiscard]] bool permits(TimePoint now) const noexcept;
    // When that will change by itself; nothing unless closed.
    [[nodiscard]] std::optional<TimePoint> reopens_at() const noexcept;

    // The dial is the probe.
    [[nodiscard]] bool is_probe(Ticket ticket) const noexcept {
        return state_ == State::probing && ticket == epoch_;
    }

    // A dial begins. Precondition: permits(now).
    [[nodiscard]] Ticket begin(TimePoint now) noexcept;
    // The dial's end, exactly one of these. `abandoned`: given up by us, so it proves nothing.
    void succeeded(Ticket ticket) noexcept;
    void failed(Ticket ticket, TimePoint now);
    void failed_finally(Ticket ticket) noexcept;
    void abandoned(Ticket ticket) noexcept;

private:
    Duration base_;
    Duration cap_;
    Rng rng_;
    TimePoint reopens_at_{};
    // Counts the times that the gate left `open` or `probing` for the worse; dials of an earlier one are
    // ignored.
    Ticket epoch_ = 0;
    unsigned closings_ = 0; // in a row
    State state_ = State::open;
};

} // namespace e2b::core
