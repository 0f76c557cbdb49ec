#include "net/strand.hpp"

#include "base/insist.hpp"

#include <boost/asio/post.hpp>

#include <cassert>
#include <exception>

namespace e2b::net {

namespace {

constexpr int most_at_once = 64;

} // namespace

// ---- State

Strand::State::State(boost::asio::any_io_executor inner)
    : executor(std::move(inner)),
      io_context(executor.target<boost::asio::io_context::executor_type>()) {}

bool Strand::State::try_enter() noexcept {
    if (io_context == nullptr || !io_context->running_in_this_thread())
        return false;
    std::lock_guard const lock(mutex);
    return !std::exchange(taken, true);
}

bool Strand::State::try_leave() noexcept {
    std::lock_guard const lock(mutex);
    taken = first != nullptr;
    return !taken;
}

Strand::WaitingPtr Strand::State::pop() noexcept {
    std::lock_guard const lock(mutex);
    auto front = std::move(first);
    if (front)
        first = std::move(front->next);
    return front;
}

// A function could not be sent for, and neither can those that came behind it: they are run when the next one
// comes.
void Strand::State::give_up(Waiting const* function) noexcept {
    WaitingPtr removed; // destroyed last, as what it holds may come back here
    std::lock_guard const lock(mutex);
    taken = false;
    auto* place = &first;
    Waiting* before = nullptr;
    while (*place && place->get() != function) {
        before = place->get();
        place = &before->next;
    }
    if (!*place)
        return;
    removed = std::move(*place);
    *place = std::move(removed->next);
    if (last == removed.get())
        last = before;
}

// What they hold may come back here.
void Strand::State::clear() noexcept {
    while (pop() != nullptr) {
    }
}

// ---- Visit

Strand::Visit::Visit(StatePtr state) noexcept : state_(std::move(state)), owner_(state_->owner.lock()) {
    state_->runner.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

Strand::Visit::~Visit() {
    if (owner_)
        owner_->before_leaving();
    state_->runner.store({}, std::memory_order_relaxed);
    if (state_->try_leave())
        return;
    try {
        base::insist([this] { send_visitor(state_); });
    } catch (...) {
        // They are run when the next one comes.
        std::lock_guard const lock(state_->mutex);
        state_->taken = false;
    }
}

void Strand::Visit::run_waiting() {
    for (int i = 0; i != most_at_once; ++i) {
        auto const function = state_->pop();
        if (!function)
            return;
        if (has_owner())
            function->run();
    }
}

// ---- Visitor

class Strand::Visitor {
public:
    explicit Visitor(StatePtr state) noexcept : state_(std::move(state)) {}
    Visitor(Visitor&&) noexcept = default;
    Visitor& operator=(Visitor&&) = delete;
    // Where the executor lets go of it without running it, those that wait will never run. Where it
    // never took it, as it threw, they are the sender's business.
    ~Visitor() {
        if (!state_ || std::uncaught_exceptions() > exceptions_)
            return;
        state_->clear();
        std::lock_guard const lock(state_->mutex);
        state_->taken = false;
    }

    void operator()() {
        Visit visit(std::exchange(state_, nullptr));
        visit.run_waiting();
    }

private:
    StatePtr state_;
    int exceptions_ = std::uncaught_exceptions();
};

void Strand::send_visitor(StatePtr const& state) {
    boost::asio::post(state->executor, Visitor(state));
}

// ---- Strand

void Strand::set_owner(std::weak_ptr<StrandOwner> owner) {
    state_->owner = std::move(owner);
    state_->is_owned = true;
}

void Strand::queue(WaitingPtr function) const {
    auto const* const queued = function.get();
    {
        std::lock_guard const lock(state_->mutex);
        auto& place = state_->first ? state_->last->next : state_->first;
        state_->last = function.get();
        place = std::move(function);
        if (std::exchange(state_->taken, true))
            return;
    }
    // While the exception is under way, so that what the function holds can tell that it was never queued.
    struct GiveUp {
        State& state;
        Waiting const* function;

        ~GiveUp() {
            if (function != nullptr)
                state.give_up(function);
        }
    } give_up{*state_, queued};
    send_visitor(state_);
    give_up.function = nullptr;
}

} // namespace e2b::net
