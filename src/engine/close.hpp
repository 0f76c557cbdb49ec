#pragma once

#include "engine/dispatch.hpp"
#include "engine/engine.hpp"

#include <e2b/detail/any_handler.hpp>

#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace e2b::engine {

// What waits for a client to be closed.
class CloseOperation final : public Completion {
public:
    using Handler = detail::AnyHandler<std::exception_ptr>;

    explicit CloseOperation(Handler&& handler) noexcept : handler_(std::move(handler)) {}

    void prepare(std::shared_ptr<Engine> const& engine) {
        executor_ = keep_working(handler_.get_executor());
        if (!engine->abandoned())
            engine_work_ = work_elsewhere(engine->strand().executor(), executor_);
        auto slot = handler_.get_cancellation_slot();
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
    // The handler was neither called nor let go.
    [[nodiscard]] bool waits() const noexcept { return static_cast<bool>(handler_); }
    // On the spot, where there is no memory for anything else.
    void fail() {
        executor_ = {};
        engine_work_ = {};
        deliver(std::make_exception_ptr(std::bad_alloc()));
    }
    bool is_elsewhere() const noexcept override { return static_cast<bool>(engine_work_); }
    void abandon() noexcept override {
        auto const handler = std::move(handler_);
        executor_ = {};
        engine_work_ = {};
    }
    void deliver(std::exception_ptr problem = nullptr) {
        auto handler = std::move(handler_);
        handler.get_cancellation_slot().clear();
        std::move(handler)(problem);
    }

private:
    Handler handler_;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor engine_work_;
};

inline void start_close(std::shared_ptr<Engine> const& engine, Engine::Closing how,
                        CloseOperation::Handler handler) {
    boost::intrusive_ptr<CloseOperation> operation;
    try {
        operation = new CloseOperation(std::move(handler));
        operation->prepare(engine);
        if (engine->abandoned())
            return operation->dispatch();
        engine->strand().run(
            [engine, how, queued = Queued(*operation)]() mutable { engine->close(how, queued.take()); });
    } catch (std::bad_alloc const&) {
        // The handler must be called, and this needs no memory.
        if (operation && (operation->accepted || !operation->waits()))
            throw; // what failed is something else, on the strand after it or in the handler
        if (operation)
            operation->fail();
        else
            std::move(handler)(std::make_exception_ptr(std::bad_alloc()));
    }
}

} // namespace e2b::engine
