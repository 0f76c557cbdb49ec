#pragma once

#include "core/redact.hpp"
#include "engine/dispatch.hpp"
#include "engine/engine.hpp"
#include "engine/operation.hpp"

#include <e2b/detail/any_handler.hpp>
#include <e2b/detail/start.hpp>
#include <e2b/result.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace e2b::engine {

[[nodiscard]] inline Failure failure_before_start(Errc error, Phase phase, std::string detail) noexcept {
    Failure failure(Outcome::not_sent, error, phase);
    failure.detail = std::move(detail);
    return failure;
}

// One call of an endpoint, and the handler that waits for it.
//
// `Endpoint` says what is asked and how the response is read:
// - `using Value`: what a success yields; default constructible
// - `core::CallLimits limits(ClientConfig const&) const`
// - `std::optional<std::string> problem() const`: what is wrong with the arguments, beginning with the
//   field's name
// - `void encode(core::RequestEncoder const&, std::string& out) const`
// - `std::optional<Value> read(core::Response const&) const`: the body of a success; nothing if it is not
//   what the contract says
// - `std::string_view subject() const` and `RequestKind kind() const`: for reports
// - `static void interpret(Result<Value>&)`: optional; puts into its own words how a call failed
template <class Endpoint>
class EndpointOperation final : public Operation {
public:
    using Value = typename Endpoint::Value;
    using Handler = detail::ResultHandler<Value>;

    EndpointOperation(Endpoint&& endpoint, Handler&& handler, Engine const& engine) noexcept
        : Operation(endpoint.limits(engine.config()), engine.now()),
          encoder_(engine.encoder()),
          api_key_(engine.config().api_key),
          endpoint_(std::move(endpoint)),
          handler_(std::move(handler)) {}

    // What is to be had before the start. Throws bad_alloc.
    void prepare(std::shared_ptr<Engine> const& engine) {
        executor_ = keep_working(handler_.get_executor());
        if (!engine->abandoned())
            engine_work_ = work_elsewhere(engine->strand().executor(), executor_);
        auto slot = handler_.get_cancellation_slot();
        if (slot.is_connected())
            slot.assign(Canceller{engine, boost::intrusive_ptr<Operation>(this)});
    }

    void encode(std::string& out) const override { endpoint_.encode(encoder_, out); }
    bool take(core::Response const& response) override {
        value_ = endpoint_.read(response);
        core::redact_result(value_, api_key_.reveal());
        return value_.has_value();
    }
    LateExchangePtr make_late(core::TimePoint now) const override {
        if constexpr (requires(LateResponse& report) { endpoint_.describe(report); })
            return std::make_unique<LateExchangeOf<Endpoint>>(call_, now, endpoint_, api_key_);
        else
            return nullptr;
    }
    std::string_view subject() const noexcept override { return endpoint_.subject(); }
    RequestKind kind() const noexcept override { return endpoint_.kind(); }

    void dispatch() override {
        post(executor_, [queued = Queued(*this)]() mutable { queued.take()->deliver(); });
        executor_ = {};
        engine_work_ = {}; // the engine's context may go now
    }

    // Ends a call that never reached the engine.
    void refuse(Failure failure) {
        call().failure() = std::move(failure);
        auto const immediate = handler_.immediate_executor();
        if (!immediate)
            return dispatch();
        boost::asio::dispatch(immediate, [queued = Queued(*this)]() mutable { queued.take()->deliver(); });
        executor_ = {};
        engine_work_ = {};
    }
    // The handler was neither called nor let go.
    [[nodiscard]] bool waits() const noexcept { return static_cast<bool>(handler_); }
    // The same on the spot, where there is no memory for anything else.
    void fail() {
        engine_work_ = {};
        executor_ = {};
        call().failure() = failure_before_start(Errc::resource, Phase::argument, {});
        deliver();
    }

    bool is_elsewhere() const noexcept override { return static_cast<bool>(engine_work_); }
    void abandon() noexcept override {
        // Destroying the handler may destroy the client and whatever else the coroutine held.
        auto const handler = std::move(handler_);
        executor_ = {};
        engine_work_ = {};
    }

private:
    // Runs where the caller emits; the call itself is on the strand.
    struct Canceller {
        std::weak_ptr<Engine> engine;
        boost::intrusive_ptr<Operation> operation;

        void operator()(boost::asio::cancellation_type type) const {
            auto const alive = engine.lock();
            if (alive && !alive->abandoned())
                alive->strand().run(
                    [alive, operation = operation, type] { alive->cancel(*operation, type); });
        }
    };

    void deliver() {
        auto handler = std::move(handler_);
        handler.get_cancellation_slot().clear();
        std::move(handler)(result());
    }

    // As `call()` ended.
    [[nodiscard]] Result<Value> result() noexcept {
        if (call().succeeded())
            return {std::move(*value_), call().attempts(), call().elapsed(), call().outcome()};
        Result<Value> failed(std::move(call().failure()));
        if constexpr (requires { Endpoint::interpret(failed); })
            Endpoint::interpret(failed);
        return failed;
    }

    core::RequestEncoder const& encoder_; // the engine's, which outlives every call that it may still ask
    ApiKey const& api_key_;               // the same
    Endpoint endpoint_;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor engine_work_;
    Handler handler_;
    std::optional<Value> value_;
};

// Starts a call.
template <class Endpoint>
void start_endpoint(std::shared_ptr<Engine> const& engine, Endpoint&& endpoint,
                    detail::ResultHandler<typename Endpoint::Value> handler) {
    using Started = EndpointOperation<Endpoint>;
    boost::intrusive_ptr<Started> operation;
    try {
        auto problem = endpoint.problem();
        operation = new Started(std::move(endpoint), std::move(handler), *engine);
        operation->prepare(engine);
        if (problem)
            operation->refuse(
                failure_before_start(Errc::invalid_argument, Phase::argument, std::move(*problem)));
        else if (engine->abandoned())
            operation->refuse(failure_before_start(Errc::client_closed, Phase::pool_wait, {}));
        else
            engine->strand().run(
                [started = engine, queued = Queued(*operation)]() mutable { started->start(queued.take()); });
    } catch (std::bad_alloc const&) {
        // The handler must be called, and this needs no memory.
        if (operation && (operation->accepted || !operation->waits()))
            throw; // what failed is something else, on the strand after it or in the handler
        if (operation)
            operation->fail();
        else
            std::move(handler)(failure_before_start(Errc::resource, Phase::argument, {}));
    }
}

// The awaitable of one call. Nothing happens before it is awaited.
template <class Endpoint>
[[nodiscard]] auto initiate(std::shared_ptr<Engine> engine, Endpoint endpoint) {
    using Value = typename Endpoint::Value;
    auto start = [engine = std::move(engine)]<class Handler>(Handler&& handler, Endpoint what) {
        detail::start_erased<detail::Plainly, Value>(
            std::forward<Handler>(handler), engine->strand().executor(),
            [&](detail::ResultHandler<Value> any) {
                start_endpoint(engine, std::move(what), std::move(any));
            });
    };
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(Result<Value>)>(
        std::move(start), boost::asio::use_awaitable, std::move(endpoint));
}

} // namespace e2b::engine
