#pragma once

#include "simulator/fault_plan.hpp"
#include "simulator/instant.hpp"
#include "simulator/reply.hpp"

#include <cstddef>
#include <optional>

namespace e2b::sim {

/// What the API says to a request, and the fault that may befall it on its way.
struct Answer {
    Reply reply;
    Strike strike;
    Instant arrived_at{0};
    Instant ready_at{0}; ///< When the API decided it.

    void clear(Instant now) noexcept {
        reply.clear();
        strike = {};
        arrived_at = ready_at = now;
    }
};

/// How long after a request's arrival those who serve it give up.
struct Patience {
    std::chrono::nanoseconds request;  ///< The API: it answers by then.
    std::chrono::nanoseconds write;    ///< The server: what it writes later is lost.
    std::chrono::nanoseconds balancer; ///< The load balancer.
};

/// How an answer reaches the client, if it does.
struct Delivery {
    enum class End {
        keep,     ///< The connection stays.
        announce, ///< It is closed, and TLS says so.
        close,    ///< It is closed, and TLS says nothing.
        reset,
    };

    Instant at{0};                               ///< Not before this.
    std::chrono::nanoseconds per_byte{0};        ///< If not 0: one byte at a time.
    std::optional<std::size_t> size;             ///< If set: only so many of its bytes.
    std::optional<std::uint64_t> size_at_random; ///< If set: only this number modulo its size.
    bool silent = false;                         ///< Nothing is sent, nor is the connection closed.
    End end = End::keep;

    /// Whether the client gets the whole answer.
    [[nodiscard]] bool whole() const noexcept { return !size && !size_at_random && !silent; }
};

/// Decides what becomes of an answer. It may turn into the load balancer's.
[[nodiscard]] Delivery plan_delivery(Answer& answer, Patience const& patience);

/// The answer as it travels, as far as the delivery lets it.
void append_answer(std::string& out, Answer const& answer, Delivery const& delivery, bool close,
                   bool head_only);

} // namespace e2b::sim
