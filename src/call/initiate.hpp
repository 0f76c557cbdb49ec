#pragma once

#include "call/engine.hpp"
#include "call/operation.hpp"
#include "call/post.hpp"
#include "core/redact.hpp"
#include "net/after_turn.hpp"
#include "net/handler_memory.hpp"

#include <e2b/result.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace e2b {

// Runs `function` on the engine's strand: at once where that is free, but never in the middle of one of the
// engine's own steps, from where an observer may call the client.
template <class Function>
void enter(Engine const& engine, Function&& function) {
    if (engine.strand().running_in_this_thread())
        boost::asio::post(engine.strand(), std::forward<Function>(function));
    else
        boost::asio::dispatch(engine.strand(), std::forward<Function>(function));
}

// How an ended call reaches a handler that takes a result, and one that takes an exception and a value.
struct DeliverResult {
    template <class T>
    using Signature = void(Result<T>);

    template <class Handler, class T>
    static void deliver(Handler& handler, Result<T> result) {
        std::move(handler)(std::move(result));
    }
};
struct DeliverOrThrow {
    template <class T>
    using Signature = void(std::exception_ptr, T);

    template <class Handler, class T>
    static void deliver(Handler& handler, Result<T> result) {
        if (result)
            std::move(handler)(std::exception_ptr(), std::move(result.value()));
        else
            std::move(handler)(std::make_exception_ptr(SnapshotError(result.failure())), T());
    }
};

// Carries an operation through the queue of an executor. The handler that it waits with can own, by way of
// its cancellation slot, that same operation; so where the queue is destroyed, the two are parted here.
template <class Started>
class Queued {
public:
    explicit Queued(Started* operation) : operation_(operation) {}
    Queued(Queued&&) noexcept = default;
    Queued& operator=(Queued&&) = delete;
    ~Queued() {
        if (operation_)
            operation_->abandon();
    }

    [[nodiscard]] boost::intrusive_ptr<Started> take() noexcept { return std::move(operation_); }

private:
    boost::intrusive_ptr<Started> operation_;
};

// One call of an endpoint, and the handler that waits for it.
//
// `Endpoint` says what is asked and how the answer is read:
// - `using Value`: what a success yields; default constructible
// - `core::CallLimits limits(ClientConfig const&) const`
// - `std::optional<std::string> problem() const`: what is wrong with the arguments, beginning with the
// field's name
// - `void encode(core::RequestEncoder const&, std::string& out) const`
// - `bool take(core::Response const&)`: reads the body of a success
// - `Value value()`: after a `take` that was true
// - `std::string_view subject() const`: for reports
template <class Endpoint, class Handler, class Delivery>
class EndpointOperation final : public Operation, private net::AfterTurn::Work {
public:
    using Value = typename Endpoint::Value;

    EndpointOperation(Endpoint endpoint, Handler handler, std::shared_ptr<Engine> const& engine)
        : Operation(endpoint.limits(engine->config()), engine->now()),
          encoder_(engine->encoder()),
          api_key_(engine->config().api_key),
          endpoint_(std::move(endpoint)),
          executor_(keep_working(boost::asio::get_associated_executor(handler, engine->strand()))),
          engine_work_(work_elsewhere(*engine, executor_)),
          handler_(std::move(handler)) {
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign(Canceller{engine, boost::intrusive_ptr<Operation>(this)});
    }

    void encode(std::string& out) const override { endpoint_.encode(encoder_, out); }
    bool take(core::Response const& response) override { return endpoint_.take(response); }
    std::string_view subject() const noexcept override { return endpoint_.subject(); }

    void complete() override {
        if (call().succeeded()) {
            auto value = endpoint_.value();
            core::redact_result(value, api_key_.reveal());
            result_.emplace(std::move(value), call().attempts(), call().elapsed());
        } else {
            result_.emplace(std::move(call().failure()));
        }
        if (!leave_result())
            post_result();
    }

    // Ends a call that never reached the engine.
    void refuse(std::string problem) {
        Failure failure(Outcome::not_sent, Errc::invalid_argument, Phase::argument);
        failure.detail = std::move(problem);
        result_.emplace(std::move(failure));
        post_result();
    }

    void abandon() noexcept override {
        // Destroying the handler may destroy the client and whatever else the coroutine held.
        auto const handler = std::exchange(handler_, std::nullopt);
        executor_ = {};
        engine_work_ = {};
    }

private:
    // Runs where the caller emits; the call itself is on the strand.
    struct Canceller {
        std::weak_ptr<Engine> engine;
        boost::intrusive_ptr<Operation> operation;

        void operator()(boost::asio::cancellation_type type) const {
            if (auto const alive = engine.lock())
                boost::asio::post(alive->strand(),
                                  [alive, operation = operation, type] { alive->cancel(*operation, type); });
        }
    };

    // Keeps the engine's context working, where the handler's own is another one.
    static boost::asio::any_io_executor work_elsewhere(Engine const& engine,
                                                       boost::asio::any_io_executor const& executor) {
        auto const& inner = engine.strand().get_inner_executor();
        auto const context_of = [](boost::asio::any_io_executor const& each) {
            return &boost::asio::query(each, boost::asio::execution::context);
        };
        if (context_of(inner) == context_of(executor))
            return {};
        return keep_working(inner);
    }

    // Right after this turn of the strand, where the handler's context is an io_context.
    bool leave_result() noexcept {
        if (executor_.template target<TrackedIoContext>() == nullptr || !net::AfterTurn::leave(*this))
            return false;
        intrusive_ptr_add_ref(static_cast<Operation*>(this)); // dropped in one of the two below
        return true;
    }
    void run_after_turn() override {
        OperationPtr const held(this, false);
        auto const executor = std::move(executor_);
        boost::asio::dispatch(
            *executor.template target<TrackedIoContext>(),
            boost::asio::bind_allocator(posted_.allocator(),
                                        [queued = Queued(this)]() mutable { queued.take()->deliver(); }));
    }
    void post_instead() noexcept override {
        OperationPtr const held(this, false);
        post_result();
    }

    void post_result() {
        auto const executor = std::move(executor_);
        post_with(posted_.allocator(), executor,
                  [queued = Queued(this)]() mutable { queued.take()->deliver(); });
    }

    void deliver() {
        auto handler = std::move(*handler_);
        handler_.reset();
        boost::asio::get_associated_cancellation_slot(handler).clear();
        auto result = std::move(*result_);
        engine_work_ = {};
        Delivery::deliver(handler, std::move(result));
    }

    core::RequestEncoder const& encoder_; // the engine's, which outlives every call that it may still ask
    ApiKey const& api_key_;               // the same
    Endpoint endpoint_;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor engine_work_;
    std::optional<Handler> handler_;
    std::optional<Result<Value>> result_;
    net::HandlerMemory<128> posted_;
};

template <class Delivery, class Endpoint>
struct Initiate {
    std::shared_ptr<Engine> engine;

    template <class Handler>
    void operator()(Handler&& handler, Endpoint endpoint) const {
        using Started = EndpointOperation<Endpoint, std::decay_t<Handler>, Delivery>;
        auto problem = endpoint.problem();
        boost::intrusive_ptr<Started> operation(
            new Started(std::move(endpoint), std::forward<Handler>(handler), engine));
        if (problem)
            return operation->refuse(std::move(*problem));
        boost::asio::dispatch(engine->strand(),
                              [started = engine, queued = Queued(operation.get())]() mutable {
                                  started->start(queued.take());
                              });
    }
};

// The awaitable of one call. Nothing happens before it is awaited.
template <class Delivery, class Endpoint>
[[nodiscard]] auto initiate(std::shared_ptr<Engine> const& engine, Endpoint endpoint) {
    using Signature = typename Delivery::template Signature<typename Endpoint::Value>;
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, Signature>(
        Initiate<Delivery, Endpoint>{engine}, boost::asio::use_awaitable, std::move(endpoint));
}

} // namespace e2b
