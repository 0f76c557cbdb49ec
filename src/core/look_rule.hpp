#pragma once

#include "core/time.hpp"

#include <chrono>

namespace e2b::core {

// When a used connection is looked at before it carries the next request: has its peer ended it, or said
// something, meanwhile? What is not seen then ends a call as `unknown`, or passes for its answer.
//
// The look is a system call for each request, and right after an answer whose read left nothing behind it
// finds nothing, unless the peer ends or says something within microseconds of an answer that promised to
// keep the connection. So a peer is believed until it breaks that word. From then on there is a look before
// each request.
class LookRule {
public:
    // `left_nothing`: see `net::Connection`. `idle_for`: since the connection was released.
    [[nodiscard]] bool needs_look(bool left_nothing, Duration idle_for) const noexcept {
        return word_broken_ || !left_nothing || idle_for >= just_now;
    }

    // An idle connection was found to be ended or spoilt.
    void found_spoilt(Duration idle_for) noexcept {
        if (idle_for < soon)
            word_broken_ = true;
    }
    // A connection that had not been looked at brought no answer.
    void unanswered() noexcept { word_broken_ = true; }

private:
    static constexpr auto just_now = std::chrono::microseconds(20);
    // Servers that close what is idle give it seconds at least.
    static constexpr auto soon = std::chrono::seconds(1);

    bool word_broken_ = false;
};

} // namespace e2b::core
