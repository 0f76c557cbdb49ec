#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>

#include <atomic>
#include <concepts>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace e2b::net {

// Where all of a client's state lives: an executor that runs one function at a time, in the order in which
// they came, on the threads of another executor. It keeps what boost::asio::strand promises. What it adds:
// where nobody else is in, a function that comes from a thread of an io_context runs on the spot, without
// being put into a queue and fetched again. That is how nearly everything comes that a client does.
//
// Thread safety: copies of one strand may be used from any thread.
class Strand {
public:
    // A template, so that nobody tries to make a strand's executor out of a strand.
    template <class Executor>
        requires(!std::same_as<std::decay_t<Executor>, Strand>)
    explicit Strand(Executor&& inner) : state_(std::make_shared<State>(std::forward<Executor>(inner))) {}

    [[nodiscard]] boost::asio::any_io_executor const& get_inner_executor() const noexcept {
        return state_->inner;
    }
    [[nodiscard]] bool running_in_this_thread() const noexcept { return state_->runs_here(); }

    // The inner executor's io_context, if that is what it has, was told to stop.
    [[nodiscard]] bool context_stopped() const {
        return state_->io_context != nullptr && state_->io_context->context().stopped();
    }

    // Runs the function on the spot, where nobody is in, this thread included, and it is one of the
    // io_context's. Otherwise it returns false, and the function is as it was.
    template <class Function>
    [[nodiscard]] bool try_run(Function&& function) const {
        if (!state_->try_enter())
            return false;
        Turn const turn(state_);
        std::decay_t<Function>(std::forward<Function>(function))();
        return true;
    }

    // The rest makes it an executor.
    template <class Function>
    void execute(Function&& function) const {
        using Own = std::decay_t<Function>;
        if (may_block_ && state_->runs_here())
            return Own(std::forward<Function>(function))();
        if (!may_block_ || !try_run(std::forward<Function>(function)))
            push(std::make_unique<WaitingFunction<Own>>(std::forward<Function>(function)));
    }

    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
        return boost::asio::query(state_->inner, boost::asio::execution::context);
    }
    [[nodiscard]] boost::asio::execution::blocking_t
    query(boost::asio::execution::blocking_t) const noexcept {
        using boost::asio::execution::blocking_t;
        return may_block_ ? blocking_t(blocking_t::possibly) : blocking_t(blocking_t::never);
    }
    [[nodiscard]] Strand require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
        return {state_, true};
    }
    [[nodiscard]] Strand require(boost::asio::execution::blocking_t::never_t) const noexcept {
        return {state_, false};
    }
    friend bool operator==(Strand const& a, Strand const& b) noexcept {
        return a.state_ == b.state_ && a.may_block_ == b.may_block_;
    }
    friend bool operator!=(Strand const& a, Strand const& b) noexcept { return !(a == b); }

private:
    struct Waiting {
        virtual ~Waiting() = default;
        virtual void run() = 0;
    };
    using WaitingPtr = std::unique_ptr<Waiting>;

    template <class Function>
    struct WaitingFunction final : Waiting {
        explicit WaitingFunction(Function&& f) : function(std::move(f)) {}
        explicit WaitingFunction(Function const& f) : function(f) {}
        void run() override { std::move(function)(); }
        Function function;
    };

    struct State {
        explicit State(boost::asio::any_io_executor executor)
            : inner(std::move(executor)),
              io_context(inner.target<boost::asio::io_context::executor_type>()) {}

        [[nodiscard]] bool runs_here() const noexcept {
            return runner.load(std::memory_order_relaxed) == std::this_thread::get_id();
        }
        // Takes the strand if nobody else has it and this thread may run its functions.
        [[nodiscard]] bool try_enter() noexcept;

        boost::asio::any_io_executor const inner;
        boost::asio::io_context::executor_type const* const io_context; // what `inner` is, or null
        std::atomic<std::thread::id> runner;                            // the thread that is in
        std::mutex mutex;
        bool taken = false; // somebody is in, or was sent for; guarded by `mutex`, like those who wait
        std::deque<WaitingPtr> waiting;
    };
    using StatePtr = std::shared_ptr<State>;

    // The strand is this thread's, until the end of its life.
    class Turn {
    public:
        explicit Turn(StatePtr state) noexcept;
        Turn(Turn const&) = delete;
        Turn& operator=(Turn const&) = delete;
        ~Turn();

    private:
        StatePtr state_;
    };

    // Runs those who wait, on the inner executor.
    class Visit;

    Strand(StatePtr state, bool may_block) noexcept : state_(std::move(state)), may_block_(may_block) {}

    void push(WaitingPtr function) const;

    StatePtr state_;
    bool may_block_ = true;
};

} // namespace e2b::net
