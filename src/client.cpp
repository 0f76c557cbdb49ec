#include "call/engine.hpp"
#include "call/operation.hpp"
#include "core/check.hpp"
#include "core/snapshot_body.hpp"

#include <e2b/client.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace e2b {

namespace asio = boost::asio;

namespace {

asio::any_io_executor keep_working(asio::any_io_executor const& executor) {
    return asio::prefer(executor, asio::execution::outstanding_work.tracked);
}

// How an ended call reaches a handler that takes a result, and one that takes an exception and a value.
struct DeliverResult {
    template <class Handler>
    static void deliver(Handler& handler, Result<SnapshotInfo> result) {
        std::move(handler)(std::move(result));
    }
};
struct DeliverOrThrow {
    template <class Handler>
    static void deliver(Handler& handler, Result<SnapshotInfo> result) {
        if (result)
            std::move(handler)(std::exception_ptr(), std::move(result.value()));
        else
            std::move(handler)(std::make_exception_ptr(SnapshotError(result.failure())), SnapshotInfo());
    }
};

core::CallLimits limits_of(ClientConfig const& config, CallOptions const& options) {
    core::CallLimits limits;
    limits.timeout = options.timeout.value_or(config.timeout);
    limits.attempt_timeout = options.attempt_timeout.value_or(config.attempt_timeout);
    limits.policy = options.retry.value_or(config.retry);
    return limits;
}

// What is wrong with the arguments, as the failure that the call ends with.
std::optional<Failure> invalid(SnapshotRequest const& request, CallOptions const& options) {
    auto problem = core::check(request);
    if (!problem)
        problem = core::check(options);
    if (!problem)
        return std::nullopt;
    Failure failure(Outcome::not_sent, Errc::invalid_argument, Phase::argument);
    failure.detail = *problem;
    return failure;
}

template <class Handler, class Delivery>
class CreateSnapshot final : public Operation {
public:
    CreateSnapshot(Handler handler, std::shared_ptr<Engine> const& engine, SnapshotRequest request,
                   core::CallLimits const& limits)
        : Operation(limits, engine->now()),
          encoder_(engine->encoder()),
          request_(std::move(request)),
          executor_(keep_working(asio::get_associated_executor(handler, engine->strand()))),
          engine_work_(keep_working(engine->strand().get_inner_executor())),
          handler_(std::move(handler)) {
        auto slot = asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign(Canceller{engine, boost::intrusive_ptr<Operation>(this)});
    }

    void encode(std::string& out) const override { encoder_.create_snapshot(request_, out); }

    bool take(core::Response const& response) override {
        info_ = core::parse_snapshot_info(response.body);
        return info_.has_value();
    }

    void complete() override {
        auto& ended = call();
        if (ended.succeeded())
            result_.emplace(std::move(*info_), ended.attempts(), ended.elapsed());
        else
            result_.emplace(std::move(ended.failure()));
        post_result();
    }

    void fail(Failure failure) {
        result_.emplace(std::move(failure));
        post_result();
    }

    void abandon() noexcept override {
        // Destroying the handler may destroy the client and whatever else the coroutine held.
        auto const handler = std::exchange(handler_, std::nullopt);
        executor_ = {};
        engine_work_ = {};
    }

    std::string_view subject() const noexcept override { return request_.sandbox_id; }

private:
    // Runs where the caller emits; the call itself is on the strand.
    struct Canceller {
        std::weak_ptr<Engine> engine;
        boost::intrusive_ptr<Operation> operation;

        void operator()(asio::cancellation_type type) const {
            if (auto const alive = engine.lock())
                asio::post(alive->strand(),
                           [alive, operation = operation, type] { alive->cancel(*operation, type); });
        }
    };

    void post_result() {
        auto executor = executor_;
        asio::post(executor, [self = boost::intrusive_ptr<CreateSnapshot>(this)] { self->deliver(); });
    }

    void deliver() {
        auto handler = std::move(*handler_);
        handler_.reset();
        asio::get_associated_cancellation_slot(handler).clear();
        auto result = std::move(*result_);
        executor_ = {};
        engine_work_ = {};
        Delivery::deliver(handler, std::move(result));
    }

    core::RequestEncoder const& encoder_; // the engine's, which outlives every call that it may still ask
    SnapshotRequest request_;
    asio::any_io_executor executor_;
    asio::any_io_executor engine_work_;
    std::optional<Handler> handler_;
    std::optional<SnapshotInfo> info_;
    std::optional<Result<SnapshotInfo>> result_;
};

template <class Delivery>
struct Start {
    std::shared_ptr<Engine> engine;

    template <class Handler>
    void operator()(Handler&& handler, SnapshotRequest request, CallOptions options) const {
        using Create = CreateSnapshot<std::decay_t<Handler>, Delivery>;
        auto const limits = limits_of(engine->config(), options);
        auto problem = invalid(request, options);
        boost::intrusive_ptr<Create> operation(
            new Create(std::forward<Handler>(handler), engine, std::move(request), limits));
        if (problem)
            return operation->fail(std::move(*problem));
        asio::dispatch(engine->strand(), [started = engine, operation] { started->start(operation); });
    }
};

struct StartClose {
    std::shared_ptr<Engine> engine;

    template <class Handler>
    void operator()(Handler&& handler, std::chrono::nanoseconds grace) const {
        auto executor = keep_working(asio::get_associated_executor(handler, engine->strand()));
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([weak = std::weak_ptr<Engine>(engine)](asio::cancellation_type type) {
                auto const alive = weak.lock();
                if (alive && (type & asio::cancellation_type::terminal) != asio::cancellation_type::none)
                    asio::post(alive->strand(), [alive] { alive->cut(); });
            });
        auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
        auto closed = [executor, shared] {
            asio::post(executor, [shared] {
                asio::get_associated_cancellation_slot(*shared).clear();
                auto own = std::move(*shared);
                std::move(own)();
            });
        };
        asio::dispatch(engine->strand(),
                       [closing = engine, grace, closed] { closing->close(grace, closed); });
    }
};

void cut(std::shared_ptr<Engine> engine) {
    if (engine && !engine->abandoned())
        asio::dispatch(engine->strand(), [engine] { engine->cut(); });
}

} // namespace

Client::Client(asio::any_io_executor executor, ClientConfig config)
    : engine_(Engine::make(std::move(executor), std::move(config))) {}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
    cut(std::exchange(engine_, std::move(other.engine_)));
    return *this;
}

Client::~Client() {
    cut(std::move(engine_));
}

asio::awaitable<SnapshotInfo> Client::create_snapshot(SnapshotRequest request, CallOptions options) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr, SnapshotInfo)>(
        Start<DeliverOrThrow>{engine_}, asio::use_awaitable, std::move(request), std::move(options));
}

asio::awaitable<Result<SnapshotInfo>> Client::try_create_snapshot(SnapshotRequest request,
                                                                  CallOptions options) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void(Result<SnapshotInfo>)>(
        Start<DeliverResult>{engine_}, asio::use_awaitable, std::move(request), std::move(options));
}

asio::awaitable<void> Client::close(std::chrono::nanoseconds grace) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void()>(StartClose{engine_},
                                                                       asio::use_awaitable, grace);
}

ClientStats Client::stats() const {
    return engine_->stats();
}

} // namespace e2b
