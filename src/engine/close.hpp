#pragma once

#include "engine/dispatch.hpp"
#include "engine/engine.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace e2b::engine {

// What waits for a client to be closed.
template <class Handler>
class CloseOperation final : public Completion {
public:
    explicit CloseOperation(Handler&& handler) noexcept : handler_(std::move(handler)) {}

    void prepare(std::shared_ptr<Engine> const& engine) {
        executor_ =
            keep_working(boost::asio::get_associated_executor(*handler_, engine->strand().executor()));
        if (!engine->abandoned())
            engine_work_ = work_elsewhere(engine->strand().executor(), executor_);
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (slot.is_connected())
            slot.assign([weak = std::weak_ptr<Engine>(engine)](boost::asio::cancellation_type type) {
                using Type = boost::asio::cancellation_type;
                auto const alive = weak.lock();
                if (alive && !alive->abandoned() && (type & Type::terminal) != Type::none)
                    alive->strand().run([alive] { alive->abort(); });
            });
    }

    void dispatch() override {
        post(executor_, [queued = Queued(*this)]() mutable { queued.take()->deliver(); });
        executor_ = {};
        engine_work_ = {}; // the engine's context may go now
    }
    // On the spot, where there is no memory for anything else.
    void fail() {
        executor_ = {};
        engine_work_ = {};
        deliver(std::make_exception_ptr(std::bad_alloc()));
    }
    bool is_elsewhere() const noexcept override { return static_cast<bool>(engine_work_); }
    void abandon() noexcept override {
        auto const handler = std::exchange(handler_, std::nullopt);
        executor_ = {};
        engine_work_ = {};
    }
    void deliver(std::exception_ptr problem = nullptr) {
        auto handler = std::move(*handler_);
        handler_.reset();
        boost::asio::get_associated_cancellation_slot(handler).clear();
        std::move(handler)(problem);
    }

private:
    std::optional<Handler> handler_;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor engine_work_;
};

struct InitiateClose {
    std::shared_ptr<Engine> engine;

    template <class Handler>
    void operator()(Handler&& handler, Engine::Closing how) const {
        using Closing = CloseOperation<std::decay_t<Handler>>;
        std::decay_t<Handler> own(std::forward<Handler>(handler));
        boost::intrusive_ptr<Closing> operation;
        try {
            operation = new Closing(std::move(own));
            operation->prepare(engine);
            if (engine->abandoned())
                return operation->dispatch();
            engine->strand().run([closing = engine, how, queued = Queued(*operation)]() mutable {
                closing->close(how, queued.take());
            });
        } catch (std::bad_alloc const&) {
            // The handler must be called, and this needs no memory.
            if (operation && operation->accepted)
                throw; // what failed is something else, on the strand after it
            if (operation)
                operation->fail();
            else
                std::move(own)(std::make_exception_ptr(std::bad_alloc()));
        }
    }
};

// The awaitable of `close`.
[[nodiscard]] inline auto initiate_close(std::shared_ptr<Engine> const& engine, Engine::Closing how) {
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(std::exception_ptr)>(
        InitiateClose{engine}, boost::asio::use_awaitable, how);
}

} // namespace e2b::engine
