#pragma once

#include "simulator/answer.hpp"
#include "simulator/api.hpp"
#include "simulator/clock.hpp"
#include "simulator/request.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace e2b::sim {

/// The API as all threads share it: behind one lock, on one clock, with answers that come later sent to the
/// connections that wait for them.
class Dispatcher {
public:
    /// Takes an answer to its connection. Called under the lock, on any thread.
    using Deliver = std::function<void(std::uint64_t connection, Answer answer)>;
    /// Called when something becomes due earlier than was known, on any thread.
    using Wake = std::function<void()>;

    Dispatcher(SimulatorOptions const& options, Clock& clock);

    /// Before the first request.
    void connect(Deliver deliver, Wake wake);

    std::optional<CallId> handle(Request const& request, std::uint64_t connection, Answer& answer);
    /// These two: false if the call was decided already.
    bool cancel(CallId call);
    bool undecided(CallId call);
    /// Lets everything happen that is due.
    void advance();
    /// When `advance` is next needed; `Instant::max()` for never.
    [[nodiscard]] Instant next_due() const noexcept { return Instant(next_due_.load()); }

    /// Runs `f(api, now)` with everything done that is due.
    template <class F>
    auto with(F f) {
        std::unique_lock const lock(mutex_);
        Instant const now = clock_.now();
        api_.platform().advance(now);
        Settle const settle(*this);
        return f(api_, now);
    }

    bool wait_for_in_flight(std::size_t count, std::chrono::nanoseconds timeout);

private:
    // Passes on what an action led to, when the action is over.
    class Settle {
    public:
        explicit Settle(Dispatcher& dispatcher) noexcept : dispatcher_(dispatcher) {}
        Settle(Settle const&) = delete;
        Settle& operator=(Settle const&) = delete;
        ~Settle() { dispatcher_.settle(); }

    private:
        Dispatcher& dispatcher_;
    };

    void settle();

    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t waiters_ = 0;
    Api api_;
    Deliver deliver_;
    Wake wake_;
    std::atomic<Instant::rep> next_due_{Instant::max().count()};
};

} // namespace e2b::sim
