#pragma once

#include "core/pool.hpp"

#include <e2b/observer.hpp>

#include <atomic>
#include <cstdint>

namespace e2b::engine {

// A number that one strand changes and any thread reads.
class SharedCount {
public:
    void add(std::uint64_t amount = 1) noexcept { set(get() + amount); }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// The engine's side of ClientStats.
struct Stats {
    SharedCount idle, leased, dialing, waiting, in_flight, late;
    SharedCount calls_started, created, succeeded, rejected, not_sent, unknown;
    SharedCount attempts, retries, dials, dials_failed, connections_opened, handshakes_resumed, idle_lost;
    SharedCount late_responses, late_created, late_lost;

    void read_gauges(core::Pool const& pool) noexcept {
        idle.set(pool.idle());
        leased.set(pool.leased());
        dialing.set(pool.dialing());
        waiting.set(pool.waiting());
    }

    void count(Outcome outcome) noexcept {
        switch (outcome) {
        case Outcome::created:
            return created.add();
        case Outcome::succeeded:
            return succeeded.add();
        case Outcome::rejected:
            return rejected.add();
        case Outcome::not_sent:
            return not_sent.add();
        case Outcome::unknown:
            return unknown.add();
        }
    }

    [[nodiscard]] ClientStats snapshot() const noexcept {
        ClientStats stats;
        stats.idle = idle.get();
        stats.leased = leased.get();
        stats.dialing = dialing.get();
        stats.open = stats.idle + stats.leased + stats.dialing;
        stats.waiting = waiting.get();
        stats.in_flight = in_flight.get();
        stats.late = late.get();
        stats.calls_started = calls_started.get();
        stats.created = created.get();
        stats.succeeded = succeeded.get();
        stats.rejected = rejected.get();
        stats.not_sent = not_sent.get();
        stats.unknown = unknown.get();
        stats.attempts = attempts.get();
        stats.retries = retries.get();
        stats.dials = dials.get();
        stats.dials_failed = dials_failed.get();
        stats.connections_opened = connections_opened.get();
        stats.handshakes_resumed = handshakes_resumed.get();
        stats.idle_lost = idle_lost.get();
        stats.late_responses = late_responses.get();
        stats.late_created = late_created.get();
        stats.late_lost = late_lost.get();
        return stats;
    }
};

} // namespace e2b::engine
