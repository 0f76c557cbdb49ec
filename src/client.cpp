#include "call/create_snapshot.hpp"
#include "call/engine.hpp"
#include "call/initiate.hpp"

#include <e2b/client.hpp>

#include <utility>

namespace e2b {

namespace asio = boost::asio;

namespace {

struct InitiateClose {
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
    return initiate<DeliverOrThrow>(engine_, CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<Result<SnapshotInfo>> Client::try_create_snapshot(SnapshotRequest request,
                                                                  CallOptions options) {
    return initiate<DeliverResult>(engine_, CreateSnapshot(std::move(request), std::move(options)));
}

asio::awaitable<void> Client::close(std::chrono::nanoseconds grace) {
    return asio::async_initiate<asio::use_awaitable_t<> const, void()>(InitiateClose{engine_},
                                                                       asio::use_awaitable, grace);
}

ClientStats Client::stats() const {
    return engine_->stats();
}

} // namespace e2b
