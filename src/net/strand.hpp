#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace e2b::net {

// Whose state a strand guards.
class StrandOwner {
public:
    // On the strand, each time it is about to be left.
    virtual void before_leaving() noexcept = 0;

protected:
    ~StrandOwner() = default;
};

// Where all of a client's state lives: runs one function at a time, in the order in which they came, on the
// threads of an executor, and none within another. Where no function runs and the thread is one of an
// io_context's, a function runs on the spot.
//
// While a function runs, the owner is kept alive; functions that come after the owner's end are destroyed
// without being run. So the owner's destructor meets no function on the strand.
//
// Why it is not boost::asio::strand: that one stays locked for ever when it finds no memory to schedule
// itself, and a client has to go on after a failed allocation. A failure of this one leaves it as it was.
//
// Thread safety: copies of one strand may be used from any thread.
class Strand {
public:
    explicit Strand(boost::asio::any_io_executor executor)
        : state_(std::make_shared<State>(std::move(executor))) {}

    // Once, before anything runs.
    void set_owner(std::weak_ptr<StrandOwner> owner);

    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return state_->executor; }
    [[nodiscard]] bool running_in_this_thread() const noexcept { return state_->runs_here(); }

    // Throws what `function` throws, if it runs on the spot, and `bad_alloc` if it has to wait and cannot;
    // then it is never run.
    template <class Function>
    void run(Function&& function) const {
        using Own = std::decay_t<Function>;
        if (!state_->try_enter())
            return queue(std::make_unique<WaitingFunction<Own>>(std::forward<Function>(function)));
        Visit visit(state_);
        if (visit.has_owner()) {
            Own own(std::forward<Function>(function));
            own();
        }
        visit.run_waiting();
    }

private:
    struct Waiting {
        virtual ~Waiting() = default;
        virtual void run() = 0;
        std::unique_ptr<Waiting> next;
    };
    using WaitingPtr = std::unique_ptr<Waiting>;

    template <class Function>
    struct WaitingFunction final : Waiting {
        explicit WaitingFunction(Function&& f) : function(std::move(f)) {}
        explicit WaitingFunction(Function const& f) : function(f) {}
        void run() override { function(); }
        Function function;
    };

    struct State {
        explicit State(boost::asio::any_io_executor inner);
        ~State() { clear(); }

        [[nodiscard]] bool runs_here() const noexcept {
            return runner.load(std::memory_order_relaxed) == std::this_thread::get_id();
        }
        // Takes the strand if it is free and this thread may run its functions.
        [[nodiscard]] bool try_enter() noexcept;
        // Gives it back, unless others wait.
        [[nodiscard]] bool try_leave() noexcept;
        [[nodiscard]] WaitingPtr pop() noexcept;
        // No visitor is under way, and `function` is not to wait any more.
        void give_up(Waiting const* function) noexcept;
        // Destroys those that wait.
        void clear() noexcept;

        boost::asio::any_io_executor const executor;
        boost::asio::io_context::executor_type const* const io_context; // what `executor` is, or null
        std::weak_ptr<StrandOwner> owner;
        bool is_owned = false;
        std::atomic<std::thread::id> runner; // the thread that is in
        std::mutex mutex;                    // guards what follows
        bool taken = false;                  // a visit or a visitor is under way
        WaitingPtr first;
        Waiting* last = nullptr;
    };
    using StatePtr = std::shared_ptr<State>;

    // The strand is this thread's, until the end of its life.
    class Visit {
    public:
        explicit Visit(StatePtr state) noexcept;
        Visit(Visit const&) = delete;
        Visit& operator=(Visit const&) = delete;
        ~Visit();

        [[nodiscard]] bool has_owner() const noexcept { return owner_ != nullptr || !state_->is_owned; }
        // Not for ever, as others want the thread as well.
        void run_waiting();

    private:
        StatePtr state_;
        std::shared_ptr<StrandOwner> owner_;
    };

    // What is sent to the executor, to run those that wait.
    class Visitor;

    void queue(WaitingPtr function) const;
    static void send_visitor(StatePtr const& state);

    StatePtr state_;
};

} // namespace e2b::net
