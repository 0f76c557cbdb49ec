#include "net/strand.hpp"

#include <boost/asio/require.hpp>

namespace e2b::net {

class Strand::Visit {
public:
    explicit Visit(StatePtr state) noexcept : state_(std::move(state)) {}
    Visit(Visit&&) noexcept = default;
    Visit& operator=(Visit&&) = delete;
    // The inner executor let go of it without running it, so nobody else will be sent.
    ~Visit() {
        if (!state_)
            return;
        std::deque<WaitingPtr> dropped; // destroyed last, as what these functions hold may come back here
        std::lock_guard const lock(state_->mutex);
        dropped.swap(state_->waiting);
        state_->taken = false;
    }

    void operator()() {
        auto const state = std::exchange(state_, nullptr);
        Turn const turn(state);
        // Those who come meanwhile have to wait for the next visit, as others want the thread as well.
        for (auto left = size(*state); left != 0; --left)
            pop(*state)->run();
    }

    static void send(StatePtr const& state) {
        boost::asio::require(state->inner, boost::asio::execution::blocking.never).execute(Visit(state));
    }

private:
    static std::size_t size(State& state) {
        std::lock_guard const lock(state.mutex);
        return state.waiting.size();
    }
    static WaitingPtr pop(State& state) {
        std::lock_guard const lock(state.mutex);
        auto front = std::move(state.waiting.front());
        state.waiting.pop_front();
        return front;
    }

    StatePtr state_;
};

Strand::Turn::Turn(StatePtr state) noexcept : state_(std::move(state)) {
    state_->runner.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

Strand::Turn::~Turn() {
    state_->runner.store({}, std::memory_order_relaxed);
    {
        std::lock_guard const lock(state_->mutex);
        state_->taken = !state_->waiting.empty();
        if (!state_->taken)
            return;
    }
    Visit::send(state_);
}

bool Strand::State::try_enter() noexcept {
    if (io_context == nullptr || !io_context->running_in_this_thread())
        return false;
    std::lock_guard const lock(mutex);
    return !std::exchange(taken, true);
}

void Strand::push(WaitingPtr function) const {
    {
        std::lock_guard const lock(state_->mutex);
        state_->waiting.push_back(std::move(function));
        if (std::exchange(state_->taken, true))
            return;
    }
    if (may_block_)
        state_->inner.execute(Visit(state_));
    else
        Visit::send(state_);
}

} // namespace e2b::net
