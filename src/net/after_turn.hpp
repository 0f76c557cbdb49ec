#pragma once

#include <utility>

namespace e2b::net {

// What a turn of a strand leaves to its thread, to be done right after the turn: it goes on without a detour
// through the context's queue, and yet nobody is in the strand any more. One piece of work for each turn, so
// that other threads can take what comes after it.
class AfterTurn {
public:
    // Either of its functions is called once, and keeps it alive for as long as it needs that.
    class Work {
    public:
        virtual void run_after_turn() = 0;
        virtual void post_instead() noexcept = 0;

    protected:
        ~Work() = default;
    };

    // From now on this thread's turn may leave work.
    AfterTurn() noexcept : outer_(std::exchange(current(), this)) {}
    AfterTurn(AfterTurn const&) = delete;
    AfterTurn& operator=(AfterTurn const&) = delete;
    ~AfterTurn() {
        current() = outer_;
        if (work_ != nullptr)
            work_->post_instead();
    }

    // Leaves it to the turn that this thread is in. False where that takes none, or has some.
    [[nodiscard]] static bool leave(Work& work) noexcept {
        if (current() == nullptr || current()->work_ != nullptr)
            return false;
        current()->work_ = &work;
        return true;
    }

    // This thread's turn has left some.
    [[nodiscard]] static bool taken() noexcept { return current() != nullptr && current()->work_ != nullptr; }

    // The turn is over. May run anything, and throw what that throws.
    void run() {
        current() = nullptr;
        if (auto* const work = std::exchange(work_, nullptr))
            work->run_after_turn();
    }

private:
    static AfterTurn*& current() noexcept {
        static thread_local AfterTurn* current = nullptr;
        return current;
    }

    AfterTurn* outer_;
    Work* work_ = nullptr;
};

} // namespace e2b::net
